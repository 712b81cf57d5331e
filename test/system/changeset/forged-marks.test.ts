import { expect, it } from 'vitest'
import { relPath } from '../../../src/paths/rel-path.js'
import { need, noRoot } from '../../helpers/capability.js'
import type { Maker } from '../../helpers/hand-made-tree.js'
import { mark, twoLayers } from '../../helpers/two-layers.js'

function fill(project: Maker): void {
  project.dir('a')
  project.dir('hidden')
}

it.for([
  '',
  '/',
  '..',
  '.',
  '/..',
  '/a/../..',
  'a/b',
  '/a/',
  '//a',
  '/.openagentic',
  '/.openagentic/sessions',
  '/hidden',
  '/hidden/x',
  'hidden',
  'a\0b',
])('refuses a directory with the redirect %j', async (redirect, context) => {
  need(context, noRoot())
  const { session, read } = twoLayers(fill)
  session.dir('d', mark('redirect', redirect))
  await expect(read({ masks: [relPath('hidden')] })).rejects.toMatchObject({ code: 'UPPER_FORGED', path: 'd' })
})

it('refuses a forged redirect of a file too', async (context) => {
  need(context, noRoot())
  const { session, read } = twoLayers(fill)
  session.file('f', '', { ...mark('redirect', '/../etc/passwd'), ...mark('metacopy', '') })
  await expect(read()).rejects.toMatchObject({ code: 'UPPER_FORGED', path: 'f' })
})

it.for(['redirect', 'metacopy'])('refuses any %s mark where the backend writes none', async (name, context) => {
  need(context, noRoot())
  const { session, read } = twoLayers(fill)
  session.file('f', '', mark(name, ''))
  await expect(read({ redirects: 'forged' })).rejects.toMatchObject({ code: 'UPPER_FORGED', path: 'f' })
})

it('lets marks of the other family be', async (context) => {
  need(context, noRoot())
  const { session, read } = twoLayers(fill)
  session.dir('d', mark('redirect', '..'))
  const { changes, ignored, redirects } = await read({ family: 'user', redirects: 'forged' })
  expect(changes).toMatchObject([{ kind: 'create', path: 'd' }])
  expect(changes[0]?.wanted?.xattrs).toEqual(new Map())
  expect(ignored).toMatchObject([{ path: 'd', reason: expect.stringContaining('trusted.overlay.redirect') }])
  expect(redirects).toEqual([])
})
