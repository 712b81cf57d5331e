import { expect, it } from 'vitest'
import type { ByteString } from '../../../src/paths/byte-string.js'
import { asUserToTheEnd } from '../../helpers/as-user.js'
import { need, noRoot } from '../../helpers/capability.js'
import { makerOf } from '../../helpers/hand-made-tree.js'
import { lineOf, twoLayers } from '../../helpers/two-layers.js'

const plainUser = 1000

it.for(['file', 'dir'] as const)(
  'names the %s that the session made unreadable to its owner',
  async (type, context) => {
    need(context, noRoot())
    const { ops, path, upper, read } = twoLayers(() => {})
    const session = makerOf(ops, `${path}/upper`, plainUser)
    if (type === 'dir') session.dir('closed', { 'user.x': '1' })
    else session.file('closed', '', { 'user.x': '1' })
    ops.setMode(upper, 'closed' as ByteString, 0)
    const reading = asUserToTheEnd(plainUser, () => read({ family: 'user' }))
    await expect(reading).rejects.toMatchObject({ code: 'UPPER_UNREADABLE', path: 'closed' })
  },
)

it('needs no permission to read what the session deleted', async (context) => {
  need(context, noRoot())
  const { ops, lower, session, read } = twoLayers((project) => project.file('closed', '', { 'user.x': '1' }))
  ops.setMode(lower, 'closed' as ByteString, 0o600)
  session.whiteout('closed')
  const { changes } = await asUserToTheEnd(plainUser, () => read({ family: 'user' }))
  expect(changes.map(lineOf)).toEqual(['delete closed'])
})

it('takes a file of equal size that it may not read for another', async (context) => {
  need(context, noRoot())
  const { ops, lower, session, read } = twoLayers((project) => project.file('closed', 'same'))
  ops.setMode(lower, 'closed' as ByteString, 0o600)
  session.file('closed', 'same')
  const { changes } = await asUserToTheEnd(plainUser, () => read({ family: 'user' }))
  expect(changes.map(lineOf)).toEqual(['modify closed'])
})
