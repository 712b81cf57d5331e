import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, statSync, truncateSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { bytes, codeOf, put, type Scratch, scratch } from '../../helpers/scratch.js'

const name = bytes
const mebibyte = 1024 * 1024

test('readFile gives the whole content, up to its limit', () => {
  const one = scratch()
  const { ops, root } = one
  put(one, name('empty'), '')
  put(one, name('file'), '0123456789')
  put(one, name('large'), Buffer.alloc(3 * mebibyte, 'ab'))
  expect(ops.readFile(root, name('empty'))).toHaveLength(0)
  expect(Buffer.from(ops.readFile(root, name('file'), 10)).toString()).toBe('0123456789')
  expect(ops.readFile(root, name('large'))).toHaveLength(3 * mebibyte)
  expect(codeOf(() => ops.readFile(root, name('file'), 9))).toBe('EFBIG')
  expect(codeOf(() => ops.readFile(root, name('none')))).toBe('ENOENT')
})

test('readFile reads a file that does not tell its size', () => {
  const { ops } = scratch()
  const proc = ops.openRoot('/proc/sys/kernel' as AbsPath)
  expect(Buffer.from(ops.readFile(proc, name('ostype'))).toString()).toBe('Linux\n')
  expect(codeOf(() => ops.readFile(proc, name('ostype'), 3))).toBe('EFBIG')
  ops.close(proc)
})

test('write and read at positions, and truncate', () => {
  const { ops, root } = scratch()
  const fd = ops.createFile(root, name('file'), 0o600)
  ops.write(fd, Buffer.from('world'), 6)
  ops.write(fd, Buffer.from('hello'), 0)
  ops.write(fd, new Uint8Array(0), 100)
  const buffer = Buffer.alloc(8)
  expect(ops.read(fd, buffer.subarray(0, 4), 7)).toBe(4)
  expect(buffer.toString('latin1')).toBe('orld\0\0\0\0')
  expect(ops.read(fd, buffer, 11)).toBe(0)
  ops.truncate(fd, 5)
  expect(Buffer.from(ops.readFile(root, name('file'))).toString()).toBe('hello')
  ops.close(fd)
  const reading = ops.openFile(root, name('file'))
  expect(codeOf(() => ops.write(reading, Buffer.from('x'), 0))).toBe('EBADF')
  ops.close(reading)
})

test('a full disk is ENOSPC', (context) => {
  need(context, noRoot())
  const { ops, root, path } = scratch()
  ops.mkdir(root, name('small'), 0o755)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', `${path}/small`])
  try {
    const small = ops.openRoot(`${path}/small` as AbsPath)
    const fd = ops.createFile(small, name('file'), 0o600)
    expect(() => ops.write(fd, Buffer.alloc(mebibyte), 0)).toThrow(
      expect.objectContaining({ code: 'ENOSPC', path: `${path}/small/file` }),
    )
    ops.close(fd)
    ops.close(small)
  } finally {
    execFileSync('umount', [`${path}/small`])
  }
})

/** Copies `from` to a new file `to` in steps, and gives the number of them. */
function copy(from: Scratch, to: Scratch, limit: number): number {
  const source = from.ops.openFile(from.root, name('from'))
  const target = to.ops.createFile(to.root, name('to'), 0o600)
  let steps = 0
  for (let at: number | undefined = 0; at !== undefined; steps += 1) {
    const next: number | undefined = to.ops.copyContent(source, target, at, limit)
    if (next !== undefined) expect(next).toBeGreaterThan(at)
    at = next
  }
  from.ops.close(source)
  to.ops.close(target)
  return steps
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

test.each([['/tmp'], ['/dev/shm']])('copyContent keeps content and holes, to %s', (parent) => {
  const from = scratch('/tmp')
  const to = scratch(parent)
  const fd = from.ops.createFile(from.root, name('from'), 0o600)
  from.ops.write(fd, Buffer.alloc(mebibyte, 'data'), 4 * mebibyte)
  from.ops.write(fd, Buffer.from('lonely'), 40 * mebibyte)
  from.ops.truncate(fd, 100 * mebibyte)
  from.ops.close(fd)
  expect(copy(from, to, mebibyte / 4)).toBeGreaterThanOrEqual(5)
  const stat = statSync(`${to.path}/to`)
  expect(stat.size).toBe(100 * mebibyte)
  expect(stat.blocks * 512).toBeLessThan(2 * mebibyte)
  expect(digest(`${to.path}/to`)).toBe(digest(`${from.path}/from`))
})

test('nextData leads over holes', () => {
  const { ops, root } = scratch()
  const fd = ops.createFile(root, name('file'), 0o600)
  expect(ops.nextData(fd, 0)).toBeUndefined()
  ops.write(fd, Buffer.from('lonely'), 40 * mebibyte)
  ops.truncate(fd, 100 * mebibyte)
  const found = ops.nextData(fd, 5)
  expect(found?.start).toBeGreaterThan(39 * mebibyte)
  expect(found?.start).toBeLessThanOrEqual(40 * mebibyte)
  expect(found?.end).toBeGreaterThanOrEqual(40 * mebibyte + 6)
  expect(ops.nextData(fd, 40 * mebibyte + 3)?.start).toBe(40 * mebibyte + 3)
  expect(ops.nextData(fd, found?.end ?? 0)).toBeUndefined()
  expect(ops.nextData(fd, 200 * mebibyte)).toBeUndefined()
  ops.close(fd)
})

test('copyContent copies an empty file, and one that is all hole', () => {
  const one = scratch()
  put(one, name('from'), '')
  expect(copy(one, one, 10)).toBe(1)
  one.ops.unlink(one.root, name('to'))
  truncateSync(`${one.path}/from`, 12345)
  expect(copy(one, one, 10)).toBe(1)
  expect(statSync(`${one.path}/to`)).toMatchObject({ size: 12345, blocks: 0 })
})

test('copyContent copies what its limit cuts into many pieces', () => {
  const one = scratch()
  put(one, name('from'), Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251)))
  expect(copy(one, one, 1000)).toBeGreaterThanOrEqual(10)
  expect(digest(`${one.path}/to`)).toBe(digest(`${one.path}/from`))
})

test('copyRange copies between offsets, and says how much there was', () => {
  const one = scratch()
  const { ops, root } = one
  put(one, name('from'), '0123456789')
  put(one, name('to'), 'abcdefghijklm')
  const [from, to] = [ops.openFile(root, name('from')), ops.openFileForWriting(root, name('to'))]
  expect([ops.copyRange(from, 2, to, 5, 3), ops.copyRange(from, 8, to, 12, 100)]).toEqual([3, 2])
  expect(ops.copyRange(from, 20, to, 0, 1)).toBe(0)
  expect(readFileSync(`${one.path}/to`, 'utf8')).toBe('abcde234ijkl89')
  // A file for reading alone is none to copy to.
  expect(codeOf(() => ops.copyRange(to, 0, from, 0, 1))).toBe('EBADF')
  for (const fd of [from, to]) ops.close(fd)
})

test('cloneContent answers false where there are no shared extents', () => {
  const one = scratch('/dev/shm')
  const other = scratch('/tmp')
  put(one, name('from'), 'x')
  const from = one.ops.openFile(one.root, name('from'))
  for (const to of [one, other]) {
    const target = to.ops.createFile(to.root, name('to'), 0o600)
    expect(to.ops.cloneContent(from, target)).toBe(false)
    to.ops.close(target)
  }
  one.ops.close(from)
})

test('a lock is held by one open file at a time', () => {
  const one = scratch()
  const { ops, root } = one
  put(one, name('lock'), '')
  const first = ops.openFile(root, name('lock'))
  const second = ops.openFile(root, name('lock'))
  expect(ops.flock(first, 'exclusive')).toBe(true)
  expect(ops.flock(second, 'exclusive')).toBe(false)
  expect(ops.flock(first, 'unlock')).toBe(true)
  expect(ops.flock(second, 'exclusive')).toBe(true)
  ops.close(first)
  ops.close(second)
})

test('fsync and syncFs take files and directories', () => {
  const one = scratch()
  put(one, name('file'), 'x')
  const fd = one.ops.openFile(one.root, name('file'))
  for (const at of [fd, one.root]) {
    one.ops.fsync(at)
    one.ops.syncFs(at)
  }
  one.ops.close(fd)
  expect(codeOf(() => one.ops.fsync(fd))).toBe('EBADF')
})
