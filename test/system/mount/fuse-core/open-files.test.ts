import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { setBits } from '../../../../src/mount/fuse/core/answers.js'
import type { ByteString } from '../../../../src/paths/byte-string.js'
import { need, noRoot } from '../../../helpers/capability.js'
import { context, coreSession } from '../../../helpers/core-session.js'

beforeEach((test) => need(test, noRoot()))

const append = 0o2001
const readWrite = 2

it('keeps an open file that is removed', () => {
  const { core, merged, open, read, write, node, out } = coreSession()
  const inode = node('a/a')
  const [reader, writer] = [open('c', 0), open('a/a', readWrite)]
  expect([merged.unlink('a/a'), merged.unlink('c'), merged.see('a/a'), merged.see('c')]).toEqual([0, 0, -2, -2])
  expect(write(writer, 3, ' more')).toBe(5)
  expect([read(reader), read(writer)]).toEqual(['c', 'one more'])
  expect(core.getattr(inode, -1, out)).toBe(0)
  expect([out.nlink, out.size]).toEqual([0, 8])
  const cut = { valid: setBits.size | setBits.mode, size: 2, mode: 0o600, fh: -1 }
  expect(core.setattr(context, inode, { ...nothing, ...cut }, out)).toBe(0)
  expect([read(writer), out.mode & 0o777]).toEqual(['on', 0o600])
  core.release(writer)
  core.forget(inode, 1)
  expect(core.getattr(inode, -1, out)).toBeLessThan(0)
})

it('shows a reader what a writer does after it', () => {
  const { open, read, write, core } = coreSession()
  const reader = open('c', 0)
  const before = read(reader)
  // Another file is behind it later.
  expect(core.backingFd(reader)).toBe(-95)
  const writer = open('c', readWrite)
  write(writer, 0, 'changed')
  expect([before, read(reader), read(writer)]).toEqual(['c', 'changed', 'changed'])
  expect(core.backingFd(reader)).toBeGreaterThanOrEqual(0)
})

it('appends at the end, wherever others have moved it', () => {
  const { open, write, read } = coreSession()
  const [one, two] = [open('a/a', append), open('a/a', append)]
  write(one, 0, '1')
  write(two, 0, '2')
  write(one, 0, '3')
  expect(read(open('a/a', 0))).toBe('one123')
})

it('does not write by a handle that is open for reading', () => {
  const { open, write, core } = coreSession()
  const reader = open('c', 0)
  expect([write(reader, 0, 'x'), core.fallocate(reader, 0, 0, 10), core.fsync(reader, false)]).toEqual([-9, -9, 0])
  expect([core.read(99, 0, Buffer.alloc(1)), core.flush(99), core.backingFd(99)]).toEqual([-9, -9, -9])
})

it('goes on with a file that is renamed, and writes to it in its new place', () => {
  const { open, write, merged, bed } = coreSession()
  const writer = open('a/b/a', readWrite)
  expect([merged.rename('a/b', 'd/moved', 0), merged.rename('d/moved/a', 'e', 0)]).toEqual([0, 0])
  write(writer, 0, 'HERE')
  expect(readFileSync(`${bed.upper}/e`, 'latin1').slice(0, 8)).toBe('HEREtwo\n')
  expect(readFileSync(`${bed.lower}/a/b/a`, 'latin1').slice(0, 8)).toBe('two\ntwo\n')
})

it('takes setuid away when it is told to', () => {
  const { open, core, node, out } = coreSession()
  const writer = open('b/a', readWrite)
  expect(core.write(writer, 0, Buffer.from('x'), true)).toBe(1)
  core.getattr(node('b/a'), -1, out)
  expect(out.mode & 0o7777).toBe(0o755)
})

it('finds holes, makes room and copies ranges', () => {
  const { bed, open, core, read, merged } = coreSession()
  const fd = openSync(`${bed.lower}/sparse`, 'w')
  writeSync(fd, 'end', 4 << 20)
  closeSync(fd)
  const file = open('sparse', readWrite)
  expect([core.lseek(file, 0, 3), core.lseek(file, 0, 4), core.lseek(file, 5 << 20, 3)]).toEqual([4 << 20, 0, -6])
  expect(statSync(`${bed.upper}/sparse`).blocks).toBeLessThan(100)
  const other = open('a/a', readWrite)
  expect(core.copyFileRange(file, 4 << 20, other, 3, 100)).toBeOneOf([3, -95])
  expect(core.copyFileRange(file, 5 << 20, other, 3, 100)).toBe(0)
  expect(read(other)).toBeOneOf(['oneend', 'one'])
  expect(core.fallocate(other, 0, 0, 100)).toBe(0)
  expect(merged.see('a/a')).toMatchObject({ content: expect.stringContaining('one') })
})

it('lets pages be kept while the file is the same', () => {
  const { bed, node, core } = coreSession()
  const out = { fh: 0, keepCache: false }
  const asked = (): boolean => {
    core.open(node('c'), 0, out)
    core.release(out.fh)
    return out.keepCache
  }
  expect([asked(), asked()]).toEqual([false, true])
  writeFileSync(`${bed.lower}/c`, 'other')
  expect([asked(), asked()]).toEqual([false, true])
})

it('lists a directory as it was when it was read from the start', () => {
  const { core, node, merged } = coreSession()
  const out = { fh: 0, keepCache: false }
  core.opendir(node('a'), out)
  const names: string[] = []
  const take = (offset: number): number => {
    let last = offset
    core.readdir(out.fh, offset, false, (name, _low, _high, _type, cookie) => {
      if (names.length % 2 === 1 && last !== offset) return false
      names.push(name as ByteString)
      last = cookie
      return true
    })
    return last
  }
  const first = take(0)
  merged.unlink('a/a')
  merged.mkdir('a/new', 0o755)
  for (let at = first, next = take(at); next !== at; next = take(at)) at = next
  expect(names).toEqual(['.', '..', ...names.slice(2)])
  expect(names.slice(2).sort()).toEqual(['a', 'b'])
})

const nothing = { valid: 0, mode: 0, uid: 0, gid: 0, size: 0, atime: 0, atimeNs: 0, mtime: 0, mtimeNs: 0, fh: -1 }
