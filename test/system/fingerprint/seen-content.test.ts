import { randomBytes } from 'node:crypto'
import { truncateSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type ContentHash, createContentHasher } from '../../../src/fingerprint/content-hash.js'
import { bytes, type Scratch, scratch } from '../../helpers/scratch.js'

const mebibyte = 1 << 20

/** The digest of a file, and what was handed over of its content. */
async function hash(one: Scratch, name: string): Promise<{ hash: ContentHash; seen: Buffer | undefined }> {
  const { hashFile } = await createContentHasher(one.ops)
  let seen: Buffer | undefined
  const size = one.ops.stat(one.root, bytes(name))?.size ?? 0
  const digest = hashFile(one.root, bytes(name), size, undefined, (content) => {
    seen = Buffer.from(content)
  })
  return { hash: digest, seen }
}

it.each([0, 1, 4096, 262_143, 262_144, 300_001, mebibyte])('hands over a file of %i bytes', async (size) => {
  const one = scratch()
  const content = randomBytes(size).map((byte) => byte | 1)
  writeFileSync(`${one.path}/file`, content)
  const { hash: digest, seen } = await hash(one, 'file')
  expect(seen?.equals(content)).toBe(true)
  const { hashContent } = await createContentHasher(one.ops)
  expect(hashContent(content)).toBe(digest)
})

it('hands over nothing of what it reads in pieces', async () => {
  const one = scratch()
  writeFileSync(`${one.path}/large`, Buffer.alloc(mebibyte + 1, 1))
  writeFileSync(`${one.path}/holes`, Buffer.alloc(5000, 1))
  truncateSync(`${one.path}/holes`, 900_000)
  expect((await hash(one, 'large')).seen).toBeUndefined()
  expect((await hash(one, 'holes')).seen).toBeUndefined()
})
