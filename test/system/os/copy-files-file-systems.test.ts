import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { FileOps } from '../../../src/os/file-ops.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { allocated, type CopyBed, copiedFacts, copiers, copyBed } from '../../helpers/copy-bed.js'
import { mountFileSystem, noFileSystem, type TestFileSystem } from '../../helpers/loop-device.js'
import { bytes } from '../../helpers/scratch.js'

const mebibyte = 1 << 20

const pairs: readonly (readonly [from: TestFileSystem, to: TestFileSystem])[] = [
  ['ext4', 'ext4'],
  ['xfs', 'xfs'],
  ['btrfs', 'btrfs'],
  ['tmpfs', 'tmpfs'],
  ['btrfs', 'xfs'],
  ['ext4', 'tmpfs'],
  ['tmpfs', 'btrfs'],
]

describe.each(copiers)('copyFiles $name', ({ form }) => {
  it.for(pairs)('copies from %s to %s', async ([from, to], context) => {
    need(context, noRoot() ?? noFileSystem(from) ?? noFileSystem(to))
    const source = mountFileSystem(from)
    const bed = copyBed(form, { from: source, to: from === to ? source : mountFileSystem(to) })
    const { path, root } = bed.from
    writeFileSync(`${path}/holes`, Buffer.alloc(mebibyte, 'data'), { mode: 0o751 })
    truncateSync(`${path}/holes`, 3 * mebibyte)
    execFileSync('sh', ['-c', 'printf far | dd of="$1" bs=1M seek=15 conv=notrunc status=none', 'sh', `${path}/holes`])
    truncateSync(`${path}/holes`, 20 * mebibyte)
    writeFileSync(`${path}/small`, 'small')
    writeFileSync(`${path}/empty`, '')
    bed.ops.setXattr(root, bytes('small'), bytes('user.color'), Buffer.from('red'))
    const names = ['holes', 'small', 'empty']
    await bed.copy(names.map((name) => bed.file(name)))
    for (const name of names) expect(copiedFacts(bed.to, bytes(name))).toEqual(copiedFacts(bed.from, bytes(name)))
    // xfs takes more than it needs ahead of writes.
    expect(allocated(`${bed.to.path}/holes`)).toBeLessThan(4 * mebibyte)
    expect(readFileSync(`${bed.to.path}/holes`).equals(readFileSync(`${path}/holes`))).toBe(true)
  })

  it.for(['xfs', 'btrfs'] as const)('shares extents on %s', async (kind, context) => {
    need(context, noRoot() ?? noFileSystem(kind))
    const bed = bedOn(kind, form)
    writeFileSync(`${bed.from.path}/large`, Buffer.alloc(32 * mebibyte, 'x'))
    expect(await spaceTaken(bed, ['large'])).toBeLessThan(4 * mebibyte)
    expect(readFileSync(`${bed.to.path}/large`).equals(readFileSync(`${bed.from.path}/large`))).toBe(true)
  })

  it('copies a file that btrfs cannot clone', async (context) => {
    need(context, noRoot() ?? noFileSystem('btrfs'))
    const bed = bedOn('btrfs', form)
    writeFileSync(`${bed.from.path}/nocow`, '')
    execFileSync('chattr', ['+C', `${bed.from.path}/nocow`])
    writeFileSync(`${bed.from.path}/nocow`, Buffer.alloc(2 * mebibyte, 'n'))
    expect(await spaceTaken(bed, ['nocow'])).toBeGreaterThanOrEqual(2 * mebibyte)
    expect(readFileSync(`${bed.to.path}/nocow`).equals(readFileSync(`${bed.from.path}/nocow`))).toBe(true)
  })
})

it('clones the others after a file that btrfs cannot clone', async (context) => {
  need(context, noRoot() ?? noFileSystem('btrfs'))
  const bed = bedOn('btrfs')
  writeFileSync(`${bed.from.path}/nocow`, '')
  execFileSync('chattr', ['+C', `${bed.from.path}/nocow`])
  writeFileSync(`${bed.from.path}/nocow`, Buffer.alloc(mebibyte, 'n'))
  writeFileSync(`${bed.from.path}/cow`, Buffer.alloc(16 * mebibyte, 'c'))
  expect(await spaceTaken(bed, ['nocow', 'cow'])).toBeLessThan(4 * mebibyte)
})

/** Two directories of one file system. */
function bedOn(kind: TestFileSystem, form: (ops: FileOps) => FileOps = (ops) => ops): CopyBed {
  const disk = mountFileSystem(kind)
  for (const name of ['from', 'to']) mkdirSync(`${disk}/${name}`)
  return copyBed(form, { from: `${disk}/from`, to: `${disk}/to` })
}

/** Copies, and gives the bytes that the file system has less. */
async function spaceTaken({ ops, to, file, copy }: CopyBed, names: readonly string[]): Promise<number> {
  const fd = ops.openRoot(to.path as AbsPath)
  const free = (): number => {
    ops.syncFs(fd)
    return ops.statFs(fd).freeBytes
  }
  const before = free()
  await copy(names.map((name) => file(name)))
  const taken = before - free()
  ops.close(fd)
  return taken
}
