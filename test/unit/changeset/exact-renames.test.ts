import { expect, it, vi } from 'vitest'
import type { Change } from '../../../src/changeset/change.js'
import { type FileContent, pairRenames } from '../../../src/changeset/exact-renames.js'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { makeChange, makeStat, makeWanted } from '../../helpers/make-change.js'

/** Content is the part of the name before the first digit. */
async function hash(contents: readonly FileContent[]): Promise<string[]> {
  return contents.map(({ path }) => path.replace(/\d.*/, ''))
}

function gone(path: string, size = 3): Change {
  return makeChange(path, { wanted: undefined, base: makeStat({ size }) })
}

function fresh(path: string, size = 3, parts: Partial<Change> = {}): Change {
  const content = { layer: 'upper', path: path as RelPath } as const
  return makeChange(path, { base: undefined, wanted: makeWanted({ size, content }), ...parts })
}

async function pairs(...changes: Change[]): Promise<string[]> {
  return (await pairRenames({ changes }, hash)).map(({ from, to }) => `${from.path} -> ${to.path}`)
}

it('pairs a deleted file with the new one of the same bytes', async () => {
  expect(await pairs(gone('a1'), fresh('a2'), fresh('b1'), gone('c1'))).toEqual(['a1 -> a2'])
})

it('pairs nothing where there is a choice', async () => {
  expect(await pairs(gone('a1'), fresh('a2'), fresh('a3'))).toEqual([])
  expect(await pairs(gone('a1'), gone('a2'), fresh('a3'))).toEqual([])
})

it('leaves out empty files, what follows from a renamed directory, and other kinds', async () => {
  expect(await pairs(gone('a1', 0), fresh('a2', 0))).toEqual([])
  expect(await pairs(gone('a1'), fresh('a2', 3, { implied: true }))).toEqual([])
  expect(await pairs(gone('a1'), fresh('a2', 3, { kind: 'rename' }))).toEqual([])
  const directory = makeChange('a1', { wanted: undefined, base: makeStat({ type: 'dir' }) })
  expect(await pairs(directory, fresh('a2'))).toEqual([])
})

it('hashes only files that have a partner of their size', async () => {
  const asked = vi.fn(hash)
  const changes = [gone('a1', 5), gone('a2', 6), fresh('a3', 6), fresh('a4', 7)]
  expect(await pairRenames({ changes }, asked)).toHaveLength(1)
  expect(asked.mock.calls).toEqual([
    [
      [
        { layer: 'base', path: 'a2', size: 6 },
        { layer: 'upper', path: 'a3', size: 6 },
      ],
    ],
  ])
  expect(await pairRenames({ changes: [gone('a1', 5), fresh('a2', 6)] }, asked)).toEqual([])
  expect(asked).toHaveBeenCalledOnce()
})
