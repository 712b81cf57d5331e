import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import type { Ports } from '../../../src/os/ports.js'
import { SystemError } from '../../../src/os/system-error.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { everyKindOfChange } from '../../helpers/every-kind-of-change.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()

/** The mark of a journal can be made, but not be put away. */
function stickyMark(): Ports {
  const { ops } = watchedOps(ports.ops, (_call, name, args) => {
    if (name === 'rename' && args[1] === 'mark') throw new SystemError('EIO', 5, name, 'injected')
  })
  return { ...ports, ops }
}

describe.each(backends)('the journal of a $name commit that cannot be put away', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'left')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  it('is left alone by a commit and an undo that find it, and put away later', async () => {
    const { session, project } = await everyKindOfChange(backend, `${top}/1`)
    const tree = (): TreeSnapshot => snapshotTree(ports.ops, project)
    const old = tree()
    await commitSession(stickyMark(), session, { paths: ['a' as never] })
    const between = tree()
    for (const again of [commitSession, undoCommit]) {
      await expect(again(stickyMark(), session)).rejects.toMatchObject({ code: 'COMMIT_FAILED' })
      expect(readdirSync(`${session.dir}/journal`)).toEqual(['mark'])
      expect(tree()).toEqual(between)
    }
    await commitSession(ports, session)
    expect(readdirSync(session.dir)).not.toContain('journal')
    await undoCommit(ports, session)
    expect(tree()).toEqual(between)
    await undoCommit(ports, session)
    expect(tree()).toEqual(old)
  })

  it('is not removed by who finds it all of a sudden', async () => {
    const { session, project } = await everyKindOfChange(backend, `${top}/2`)
    const old = snapshotTree(ports.ops, project)
    const { ops } = watchedOps(ports.ops, (_call, name, args) => {
      if (name === 'mkdir' && args[1] === 'journal') mkdirSync(`${session.dir}/journal/theirs`, { recursive: true })
    })
    await expect(commitSession({ ...ports, ops }, session)).rejects.toMatchObject({ code: 'COMMIT_FAILED' })
    expect(readdirSync(`${session.dir}/journal`)).toEqual(['theirs'])
    expect(snapshotTree(ports.ops, project)).toEqual(old)
  })
})
