import { execFileSync } from 'node:child_process'
import { ftruncateSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createContentHasher } from '../../../src/fingerprint/content-hash.js'
import { blockSize } from '../../../src/fingerprint/data-runs.js'
import { bytes, type Scratch, scratch } from '../../helpers/scratch.js'

const kibibyte = 1024
const limit = 256 * kibibyte

async function hasher(one: Scratch): Promise<(name: string) => string> {
  const { hashFile } = await createContentHasher(one.ops)
  return (name) => hashFile(one.root, bytes(name), one.ops.stat(one.root, bytes(name))?.size ?? 0)
}

it('is plain XXH64 below the limit', async () => {
  const one = scratch()
  const hash = await hasher(one)
  // Values of the reference implementation (xxhsum -H1).
  writeFileSync(`${one.path}/empty`, '')
  writeFileSync(`${one.path}/text`, 'abc')
  expect([hash('empty'), hash('text')]).toEqual(['ef46db3751d8e999', '44bc2cf5ad770999'])
  writeFileSync(`${one.path}/zeroes`, Buffer.alloc(limit - 1))
  expect(hash('zeroes')).toMatch(/^[0-9a-f]{16}$/)
  truncateSync(`${one.path}/zeroes`, limit)
  expect(hash('zeroes')).toMatch(/^s[0-9a-f]{16}$/)
})

/** Where in a file of 300 KiB and some bytes there is what: each a block, and its fill. */
const layout = fc.array(fc.tuple(fc.nat({ max: 76 }), fc.constantFrom(0, 0, 1, 2)), { maxLength: 12 })
const sizes = fc.constantFrom(300 * kibibyte, 300 * kibibyte + 1, 301 * kibibyte, 304 * kibibyte, 307 * kibibyte)

it('is the same for the same content, wherever its holes are, and for no other', async () => {
  const one = scratch()
  const hash = await hasher(one)
  const seen = new Map<string, string>()
  fc.assert(
    fc.property(layout, sizes, (blocks, size) => {
      const content = Buffer.alloc(size)
      for (const [block, fill] of blocks) content.subarray(block * blockSize, (block + 1) * blockSize).fill(fill)
      // The first file has no hole, the second one has every hole that it can have, the third one some.
      writeFileSync(`${one.path}/full`, content)
      writeSparse(`${one.path}/sparse`, content, () => true)
      writeSparse(`${one.path}/some`, content, (block) => block % 3 === 0)
      const [full, sparse, some] = ['full', 'sparse', 'some'].map(hash)
      expect([sparse, some]).toEqual([full, full])
      const key = `${size} ${content.toString('latin1')}`
      expect(seen.get(full as string) ?? key).toBe(key)
      seen.set(full as string, key)
    }),
    { numRuns: 200, seed: 20_261_122 },
  )
})

it('tells data from the same data elsewhere, and from more zeroes at the end', async () => {
  const one = scratch()
  const hash = await hasher(one)
  const make = (name: string, at: number, size: number): string => {
    truncateSync(`${one.path}/${name}`, 0)
    const fd = openSync(`${one.path}/${name}`, 'r+')
    writeSync(fd, Buffer.alloc(blockSize, 7), 0, blockSize, at)
    ftruncateSync(fd, size)
    return hash(name)
  }
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(`${one.path}/${name}`, '')
  const found = [
    make('a', 0, 2 * limit),
    make('b', blockSize, 2 * limit),
    make('c', 1, 2 * limit),
    make('d', 0, 2 * limit + 1),
  ]
  expect(new Set(found).size).toBe(4)
})

it('knows plain digests of large files, of sessions of before', async () => {
  const one = scratch()
  const { hasHash, hashFile, hashBytes } = await createContentHasher(one.ops)
  execFileSync('sh', ['-c', 'yes | head -c 1000000 > file; truncate -s 1200000 file'], { cwd: one.path })
  const known = hashBytes(readFileSync(`${one.path}/file`))
  const has = (hash: string): boolean => hasHash(one.root, bytes('file'), 1_200_000, hash)
  expect([has(known), has(hashFile(one.root, bytes('file'), 1_200_000)), has('0123456789abcdef')]).toEqual([
    true,
    true,
    false,
  ])
  writeFileSync(`${one.path}/file`, 'x', { flag: 'a' })
  expect([has(known), has(hashFile(one.root, bytes('file'), 1_200_001))]).toEqual([false, true])
})

it('reads nothing of a hole', async () => {
  const one = scratch('/dev/shm')
  const hash = await hasher(one)
  // To read it would take minutes.
  for (const name of ['start', 'end']) {
    writeFileSync(`${one.path}/${name}`, 'data')
    truncateSync(`${one.path}/${name}`, 2 ** 40)
  }
  expect(hash('start')).toBe(hash('end'))
  const fd = openSync(`${one.path}/end`, 'r+')
  writeSync(fd, 'end', 2 ** 40 - 3)
  expect(hash('start')).not.toBe(hash('end'))
})

function writeSparse(path: string, content: Buffer, isHole: (block: number) => boolean): void {
  writeFileSync(path, '')
  const fd = openSync(path, 'r+')
  ftruncateSync(fd, content.length)
  for (let at = 0; at < content.length; at += blockSize) {
    const block = content.subarray(at, at + blockSize)
    if (!block.every((byte) => byte === 0) || !isHole(at / blockSize)) writeSync(fd, block, 0, block.length, at)
  }
}
