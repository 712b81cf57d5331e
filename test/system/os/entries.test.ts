import { lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ByteString } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { bytes, codeOf, put, scratch } from '../../helpers/scratch.js'

const name = bytes

test('mkdir and mknod give exactly the mode that is asked for', () => {
  const { ops, root, path } = scratch()
  const mask = process.umask(0o077)
  try {
    ops.mkdir(root, name('dir'), 0o1777)
    ops.mkdir(root, name('closed'), 0)
    ops.mknod(root, name('fifo'), 'fifo', 0o666, 0, 0)
    ops.mknod(root, name('socket'), 'socket', 0o606, 0, 0)
  } finally {
    process.umask(mask)
  }
  const modes = ['dir', 'closed', 'fifo', 'socket'].map((at) => ops.stat(root, name(at))?.mode)
  expect(modes).toEqual([0o1777, 0, 0o666, 0o606])
  expect(lstatSync(`${path}/socket`).isSocket()).toBe(true)
  expect(codeOf(() => ops.mkdir(root, name('dir'), 0o755))).toBe('EEXIST')
})

test('mkdir in a setgid directory does not pass the bit on', () => {
  const { ops, root } = scratch()
  ops.setMode(root, name('.'), 0o2755)
  ops.mkdir(root, name('dir'), 0o755)
  expect(ops.stat(root, name('dir'))?.mode).toBe(0o755)
})

test('a plain user cannot make devices', (context) => {
  need(context, noRoot())
  const { ops, root } = scratch()
  ops.setOwner(root, name('.'), 54321, 54321)
  process.setegid?.(54321)
  process.seteuid?.(54321)
  try {
    expect(codeOf(() => ops.mknod(root, name('disk'), 'block', 0o600, 8, 0))).toBe('EPERM')
    ops.mknod(root, name('whiteout'), 'char', 0, 0, 0)
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
  }
  expect(ops.stat(root, name('disk'))).toBeUndefined()
})

test('link names a symlink itself, and never replaces', () => {
  const one = scratch()
  const { ops, root, path } = one
  put(one, name('file'), 'x')
  symlinkSync('file', `${path}/link`)
  ops.link(root, name('file'), root, name('again'))
  ops.link(root, name('link'), root, name('relink'))
  expect(statSync(`${path}/file`).nlink).toBe(2)
  expect(lstatSync(`${path}/relink`).isSymbolicLink()).toBe(true)
  expect(codeOf(() => ops.link(root, name('file'), root, name('link')))).toBe('EEXIST')
  expect(codeOf(() => ops.link(root, name('.'), root, name('dir')))).toBe('EINVAL')
})

test('unlink and rmdir keep to their own kind', () => {
  const one = scratch()
  const { ops, root, path } = one
  put(one, name('file'), 'x')
  mkdirSync(`${path}/full/inner`, { recursive: true })
  symlinkSync('full', `${path}/link`)
  expect(codeOf(() => ops.unlink(root, name('full')))).toBe('EISDIR')
  expect(codeOf(() => ops.rmdir(root, name('file')))).toBe('ENOTDIR')
  expect(codeOf(() => ops.rmdir(root, name('link')))).toBe('ENOTDIR')
  expect(codeOf(() => ops.rmdir(root, name('full')))).toBe('ENOTEMPTY')
  expect(codeOf(() => ops.unlink(root, name('none')))).toBe('ENOENT')
  ops.unlink(root, name('link'))
  ops.unlink(root, name('file'))
  expect(ops.scanDir(root).map((entry) => entry.name)).toEqual(['full'])
})

test('rename replaces, refuses to replace, or exchanges', () => {
  const one = scratch()
  const { ops, root, path } = one
  put(one, name('a'), 'a')
  put(one, name('b'), 'b')
  mkdirSync(`${path}/dir`)
  expect(codeOf(() => ops.rename(root, name('a'), root, name('b'), 'noreplace'))).toBe('EEXIST')
  ops.rename(root, name('a'), root, name('b'), 'exchange')
  expect(readFileSync(`${path}/a`, 'utf8') + readFileSync(`${path}/b`, 'utf8')).toBe('ba')
  ops.rename(root, name('a'), root, name('dir'), 'exchange')
  expect(statSync(`${path}/a`).isDirectory()).toBe(true)
  ops.rename(root, name('dir'), root, name('b'), 'replace')
  expect(readFileSync(`${path}/b`, 'utf8')).toBe('b')
  ops.rename(root, name('b'), root, name('c'), 'noreplace')
  expect(codeOf(() => ops.rename(root, name('c'), root, name('none'), 'exchange'))).toBe('ENOENT')
  expect(codeOf(() => ops.rename(root, name('none'), root, name('c'), 'replace'))).toBe('ENOENT')
})

test('rename moves between directories and keeps every byte of a name', () => {
  const { ops, root, path } = scratch()
  mkdirSync(`${path}/sub`)
  writeFileSync(`${path}/file`, '')
  const sub = ops.openDir(root, 'sub' as never)
  ops.rename(root, name('file'), sub, '\xc3\x28\n' as ByteString, 'noreplace')
  expect(ops.scanDir(sub).map((entry) => entry.name)).toEqual(['\xc3\x28\n'])
  ops.close(sub)
})

test('symlink keeps the bytes of its target', () => {
  const { ops, root, path } = scratch()
  ops.symlink('/a\xff,b:c' as ByteString, root, name('link'))
  expect(ops.readLink(root, name('link'))).toBe('/a\xff,b:c')
  expect(codeOf(() => ops.symlink(name('x'), root, name('link')))).toBe('EEXIST')
  expect(codeOf(() => ops.symlink(name(''), root, name('other')))).toBe('ENOENT')
  expect(lstatSync(`${path}/link`).isSymbolicLink()).toBe(true)
})
