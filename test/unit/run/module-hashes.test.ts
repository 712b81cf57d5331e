import { expect, test } from 'vitest'
import type { EntryStat } from '../../../src/os/entry-stat.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { createModuleHashes, type ModuleHashes } from '../../../src/run/module-hashes.js'

const second = 1_000_000_000n
const content = Buffer.from('a module')

/** A file that counts how often it is read from its beginning. */
function file(stat: Partial<EntryStat>): { readonly ops: FileOps; reads(): number; write(ctimeNs: bigint): void } {
  let reads = 0
  let now = { dev: 1n, ino: 2n, size: content.length, mtimeNs: 0n, ctimeNs: 10n * second, ...stat }
  const read: FileOps['read'] = (_fd, buffer, position) => {
    if (position === 0) reads += 1
    const piece = content.subarray(position, position + buffer.length)
    buffer.set(piece)
    return piece.length
  }
  return {
    ops: { read, statFd: () => now as EntryStat } as unknown as FileOps,
    reads: () => reads,
    write: (ctimeNs) => {
      now = { ...now, ctimeNs }
    },
  }
}

const hash = (hashes: ModuleHashes, { ops }: { ops: FileOps }): string => hashes.of(ops, { fd: 3 })

test('a file that has not changed is read once', () => {
  const hashes = createModuleHashes(() => 100n * second)
  const one = file({})
  expect(hash(hashes, one)).toBe(hashes.of(one.ops, { bytes: content }))
  hash(hashes, one)
  expect(one.reads()).toBe(1)
  hash(hashes, file({ ino: 3n }))
  one.write(11n * second)
  hash(hashes, one)
  hash(hashes, one)
  expect(one.reads()).toBe(2)
})

test.each([
  ['just now', 99n * second],
  ['in the future', 200n * second],
])('a file that changed %s is read each time', (_, ctimeNs) => {
  const hashes = createModuleHashes(() => 100n * second)
  const one = file({ ctimeNs })
  hash(hashes, one)
  hash(hashes, one)
  expect(one.reads()).toBe(2)
})
