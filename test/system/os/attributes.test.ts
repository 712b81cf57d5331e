import { chmodSync, lstatSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ByteString } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { bytes, codeOf, put, scratch } from '../../helpers/scratch.js'

const name = bytes

test('setMode changes the entry, never what a link points at', () => {
  const one = scratch()
  const { ops, root, path } = one
  put(one, name('file'), '', 0o600)
  symlinkSync('file', `${path}/link`)
  ops.setMode(root, name('file'), 0o4711)
  expect(ops.stat(root, name('file'))?.mode).toBe(0o4711)
  expect(codeOf(() => ops.setMode(root, name('link'), 0o777))).toBe('EOPNOTSUPP')
  expect(ops.stat(root, name('file'))?.mode).toBe(0o4711)
  ops.setMode(root, name('.'), 0o711)
  expect(statSync(path).mode & 0o777).toBe(0o711)
  expect(codeOf(() => ops.setMode(root, name('none'), 0o777))).toBe('ENOENT')
})

test('setMode opens up what nobody may open', () => {
  const one = scratch()
  const { ops, root, path } = one
  mkdirSync(`${path}/closed`)
  chmodSync(`${path}/closed`, 0)
  ops.mknod(root, name('fifo'), 'fifo', 0, 0, 0)
  ops.setMode(root, name('closed'), 0o700)
  ops.setMode(root, name('fifo'), 0o600)
  expect(statSync(`${path}/closed`).mode & 0o777).toBe(0o700)
  expect(ops.stat(root, name('fifo'))?.mode).toBe(0o600)
})

test('setOwner changes a symlink itself', (context) => {
  need(context, noRoot())
  const one = scratch()
  const { ops, root, path } = one
  put(one, name('file'), '')
  symlinkSync('file', `${path}/link`)
  ops.setOwner(root, name('link'), 54321, 54322)
  expect(lstatSync(`${path}/link`)).toMatchObject({ uid: 54321, gid: 54322 })
  expect(statSync(`${path}/file`).uid).toBe(0)
  ops.setOwner(root, name('file'), 1, 2)
  expect(statSync(`${path}/file`)).toMatchObject({ uid: 1, gid: 2 })
})

test('setTimes keeps nanoseconds, before 1970 too, and changes a symlink itself', () => {
  const one = scratch()
  const { ops, root, path } = one
  put(one, name('file'), '')
  symlinkSync('file', `${path}/link`)
  const before = ops.stat(root, name('file'))
  ops.setTimes(root, name('link'), 1_500_000_000_123_456_789n, -1_000_000_001n)
  expect(ops.stat(root, name('link'))).toMatchObject({
    atimeNs: 1_500_000_000_123_456_789n,
    mtimeNs: -1_000_000_001n,
  })
  expect(ops.stat(root, name('file'))).toEqual(before)
})

test('attributes hold any bytes, on names of any bytes', () => {
  const one = scratch()
  const { ops, root } = one
  const at = '\xff\n %' as ByteString
  put(one, at, '')
  const value = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  ops.setXattr(root, at, name('user.all'), value)
  ops.setXattr(root, at, 'user.\xfe' as ByteString, Buffer.from('odd key'))
  ops.setXattr(root, at, name('user.empty'), new Uint8Array(0))
  const found = ops.getXattrs(root, at)
  expect([...found.keys()].sort()).toEqual(['user.all', 'user.empty', 'user.\xfe'])
  expect(Buffer.from(found.get(name('user.all')) as Uint8Array)).toEqual(value)
  ops.removeXattr(root, at, name('user.all'))
  expect(ops.getXattrs(root, at).has(name('user.all'))).toBe(false)
  expect(codeOf(() => ops.removeXattr(root, at, name('user.all')))).toBe('ENODATA')
  expect(codeOf(() => ops.setXattr(root, at, name('wrong'), value))).toBe('EOPNOTSUPP')
})

test('large and many attributes are read whole', (context) => {
  need(context, noRoot())
  const one = scratch('/dev/shm')
  const { ops, root } = one
  put(one, name('file'), '')
  const big = Buffer.alloc(60_000, 'x')
  ops.setXattr(root, name('file'), name('trusted.big'), big)
  for (let index = 0; index < 50; index += 1) {
    ops.setXattr(root, name('file'), name(`trusted.${'k'.repeat(200)}${index}`), Buffer.from(String(index)))
  }
  const found = ops.getXattrs(root, name('file'))
  expect(found.size).toBe(51)
  expect(Buffer.from(found.get(name('trusted.big')) as Uint8Array)).toEqual(big)
})

test('attributes of a symlink are its own', (context) => {
  need(context, noRoot())
  const one = scratch()
  const { ops, root, path } = one
  put(one, name('file'), '')
  symlinkSync('file', `${path}/link`)
  ops.setXattr(root, name('link'), name('trusted.mark'), Buffer.from('link'))
  ops.setXattr(root, name('file'), name('trusted.mark'), Buffer.from('file'))
  const mark = (at: string): string =>
    Buffer.from(ops.getXattrs(root, name(at)).get(name('trusted.mark')) ?? []).toString()
  expect([mark('link'), mark('file')]).toEqual(['link', 'file'])
  const scanned = ops.scanDir(root, { xattrs: true }).find((entry) => entry.name === 'link')
  expect(Buffer.from(scanned?.xattrs.get(name('trusted.mark')) ?? []).toString()).toBe('link')
  ops.removeXattr(root, name('link'), name('trusted.mark'))
  expect([mark('link'), mark('file')]).toEqual(['', 'file'])
})

test('devices carry attributes as files do', (context) => {
  need(context, noRoot())
  const { ops, root } = scratch()
  ops.mknod(root, name('whiteout'), 'char', 0, 0, 0)
  ops.setXattr(root, name('whiteout'), name('trusted.mark'), Buffer.from('x'))
  expect(ops.getXattrs(root, name('whiteout')).size).toBe(1)
})
