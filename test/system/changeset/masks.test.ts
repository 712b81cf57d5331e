import { expect, it } from 'vitest'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { relPath } from '../../../src/paths/rel-path.js'
import { need, noRoot } from '../../helpers/capability.js'
import type { Maker } from '../../helpers/hand-made-tree.js'
import { lineOf, mark, twoLayers } from '../../helpers/two-layers.js'

const masks: RelPath[] = ['.env', 'a/secret', 'keys'].map(relPath)

function fill(project: Maker): void {
  project.dir('.openagentic')
  project.file('.env', 'hidden')
  project.dir('a')
  project.file('a/secret', 'hidden')
  project.file('a/open', 'shown')
  project.dir('keys')
  project.file('keys/private', 'hidden')
}

it('leaves the whiteouts of masks out', async (context) => {
  need(context, noRoot())
  const { session, read } = twoLayers(fill)
  session.whiteout('.openagentic')
  session.whiteout('.env')
  session.whiteout('keys')
  session.dir('a')
  session.whiteout('a/secret')
  expect(await read({ masks })).toMatchObject({ changes: [{ kind: 'metadata', path: 'a' }], ignored: [] })
})

it('says of what stands at or below a mask that it could not know the project’s', async (context) => {
  need(context, noRoot())
  const { session, read } = twoLayers(fill)
  session.file('.env', 'new')
  session.dir('keys', mark('opaque', 'y'))
  session.file('keys/public', 'new')
  session.file('plain', 'new')
  expect((await read({ masks })).changes.map(lineOf)).toEqual([
    'modify .env (over mask)',
    'metadata keys (over mask)',
    'delete keys/private (over mask)',
    'create keys/public (over mask)',
    'create plain',
  ])
})

it('does not delete what is hidden, and says so of a directory that holds it', async (context) => {
  need(context, noRoot())
  const { session, read } = twoLayers(fill)
  session.dir('a', mark('opaque', 'y'))
  session.whiteout('a/secret')
  expect((await read({ masks })).changes.map(lineOf)).toEqual(['metadata a', 'delete a/open'])
  const gone = twoLayers(fill)
  gone.session.whiteout('a')
  expect((await gone.read({ masks })).changes.map(lineOf)).toEqual(['delete a (over mask)'])
  const replaced = twoLayers(fill)
  replaced.session.file('a', 'a file now')
  expect((await replaced.read({ masks })).changes.map(lineOf)).toEqual(['type a (over mask)'])
})

it('ignores whatever stands in the place of the sessions’ own directory', async (context) => {
  need(context, noRoot())
  const { session, read } = twoLayers(fill)
  session.dir('.openagentic')
  session.file('.openagentic/planted', 'x')
  session.dir('a')
  session.dir('a/.openagentic')
  const { changes, ignored } = await read()
  expect(changes.map(lineOf)).toEqual(['metadata a', 'create a/.openagentic'])
  expect(ignored.map(({ path }) => path)).toEqual(['.openagentic'])
})
