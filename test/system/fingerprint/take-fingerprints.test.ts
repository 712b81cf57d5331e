import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createContentHasher } from '../../../src/fingerprint/content-hash.js'
import { takeFingerprint } from '../../../src/fingerprint/fingerprint.js'
import { type FileToFingerprint, takeFingerprints } from '../../../src/fingerprint/take-fingerprints.js'
import { createDirCache } from '../../../src/os/dir-cache.js'
import type { EntryStat } from '../../../src/os/entry-stat.js'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { nameOf, parentOf } from '../../../src/paths/rel-path.js'
import { bytes, type Scratch, scratch } from '../../helpers/scratch.js'

function noted({ ops, root }: Scratch, path: string): FileToFingerprint {
  const tree = createDirCache(ops, root)
  const stat = tree.stat(bytes(path) as RelPath) as EntryStat
  tree.close()
  return { path: bytes(path) as RelPath, size: stat.size, stat, attributes: '' }
}

async function taken({ ops, root }: Scratch, files: readonly FileToFingerprint[]) {
  const tree = createDirCache(ops, root)
  const all = []
  for await (const { file, fingerprint, content } of takeFingerprints(
    ops,
    await createContentHasher(ops),
    tree,
    files,
  )) {
    all.push({ path: file.path, fingerprint, length: content?.length })
  }
  tree.close()
  return all
}

test('gives what each file would give alone, in their order, whatever its size', async () => {
  const one = scratch()
  mkdirSync(`${one.path}/d`)
  const sizes = [0, 1, (1 << 18) - 1, 1 << 18, (1 << 20) - 1, 1 << 20, 3 << 20, (16 << 20) - 1, 16 << 20]
  for (const size of sizes) writeFileSync(`${one.path}/d/${size}`, Buffer.alloc(size, `${size} is the content`))
  writeFileSync(`${one.path}/sparse`, 'x')
  truncateSync(`${one.path}/sparse`, 900_000)
  const files = [...sizes.map((size) => `d/${size}`), 'sparse'].reverse().map((path) => noted(one, path))
  const hasher = await createContentHasher(one.ops)
  const alone = files.map(({ path, stat, attributes }) => {
    const dir = one.ops.openDir(one.root, parentOf(path))
    const fingerprint = takeFingerprint(one.ops, hasher, { dir, name: nameOf(path), stat, attributes })
    one.ops.close(dir)
    return { path, fingerprint }
  })
  const all = await taken(one, files)
  expect(all.map(({ path, fingerprint }) => ({ path, fingerprint }))).toEqual(alone)
  // Content is at hand where it was read in one piece.
  expect(all.map(({ length }) => length)).toEqual([900_000, undefined, ...sizes.slice(0, -1).reverse()])
})

test('takes none of a file that is another by now', async () => {
  const one = scratch()
  for (const name of ['old', 'still']) writeFileSync(`${one.path}/${name}`, name)
  const files = ['old', 'still'].map((path) => noted(one, path))
  writeFileSync(`${one.path}/old`, 'new')
  const all = await taken(one, files)
  expect(all.map(({ fingerprint }) => fingerprint?.size)).toEqual([undefined, 5])
})

test('says which file cannot be read', async () => {
  const one = scratch()
  writeFileSync(`${one.path}/file`, 'x')
  const file = noted(one, 'file')
  const gone = { ...file, path: bytes('gone') as RelPath }
  await expect(taken(one, [file, gone])).rejects.toMatchObject({
    code: 'ENOENT',
    path: expect.stringContaining('gone'),
  })
})

test('goes through more files than are read at a time', async () => {
  const one = scratch()
  const names = Array.from({ length: 900 }, (_, index) => `${index}`)
  for (const name of names) writeFileSync(`${one.path}/${name}`, name)
  const all = await taken(
    one,
    names.map((name) => noted(one, name)),
  )
  expect(all.map(({ path, fingerprint }) => [path, fingerprint?.hash?.length])).toEqual(names.map((name) => [name, 16]))
})

test('stops when it is asked to', async () => {
  const one = scratch()
  writeFileSync(`${one.path}/file`, 'x')
  const stop = new AbortController()
  stop.abort(new Error('asked'))
  const tree = createDirCache(one.ops, one.root)
  const hasher = await createContentHasher(one.ops)
  const all = takeFingerprints(one.ops, hasher, tree, [noted(one, 'file')], stop.signal)
  await expect(all.next()).rejects.toThrow('asked')
  tree.close()
})
