import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { SystemError } from '../../../src/os/system-error.js'
import type { AbsPath, ByteString, RelPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { bytes, codeOf, put, scratch } from '../../helpers/scratch.js'

const name = bytes

test('openRoot follows links, and names the path of a failure', () => {
  const { ops, path } = scratch()
  symlinkSync(path, `${path}/self`)
  const fd = ops.openRoot(`${path}/self` as AbsPath)
  expect(ops.statFd(fd).type).toBe('dir')
  ops.close(fd)
  const missing = `${path}/caf\xc3\xa9` as AbsPath
  expect(() => ops.openRoot(missing)).toThrow(
    expect.objectContaining({ code: 'ENOENT', errno: 2, syscall: 'open', path: `${path}/café` }),
  )
})

test('a failure is a SystemError that names the entry below its directory', () => {
  const { ops, root, path } = scratch()
  const error = (() => {
    try {
      return ops.openFile(root, name('none'))
    } catch (caught) {
      return caught
    }
  })()
  expect(error).toBeInstanceOf(SystemError)
  expect(error).toMatchObject({ code: 'ENOENT', errno: 2, syscall: 'openat2', path: `${path}/none` })
})

test('openDir opens the directory itself, a child, and a path longer than PATH_MAX', () => {
  const { ops, root } = scratch()
  const step = name('d'.repeat(200))
  const depth = 60
  let at = ops.openDir(root, '' as RelPath)
  expect(ops.statFd(at).ino).toBe(ops.statFd(root).ino)
  for (let level = 0; level < depth; level += 1) {
    ops.mkdir(at, step, 0o755)
    const next = ops.openDir(at, step as RelPath)
    ops.close(at)
    at = next
  }
  const whole = ops.openDir(root, Array(depth).fill(step).join('/') as RelPath)
  expect(ops.statFd(whole).ino).toBe(ops.statFd(at).ino)
  ops.close(whole)
  ops.close(at)
})

test('openDir refuses links, files, and whatever leaves the directory', () => {
  const one = scratch()
  const { ops, root, path } = one
  mkdirSync(`${path}/real/inner`, { recursive: true })
  symlinkSync('real', `${path}/link`)
  symlinkSync('/', `${path}/outside`)
  put(one, name('file'), '')
  const open = (at: string): unknown => ops.openDir(root, at as RelPath)
  expect(codeOf(() => open('link'))).toBe('ENOTDIR')
  expect(codeOf(() => open('link/inner'))).toBe('ELOOP')
  expect(codeOf(() => open('outside/etc'))).toBe('ELOOP')
  expect(codeOf(() => open('file'))).toBe('ENOTDIR')
  expect(codeOf(() => open('..'))).toBe('EXDEV')
  expect(codeOf(() => open('real/../../etc'))).toBe('EXDEV')
  expect(codeOf(() => open('/etc'))).toBe('EXDEV')
  expect(codeOf(() => open('none'))).toBe('ENOENT')
})

test('a name is one component for every call that takes one', () => {
  const { ops, root } = scratch()
  for (const wrong of ['', '..', 'a/b', '/etc/passwd', 'a\0b']) {
    const at = wrong as ByteString
    expect(codeOf(() => ops.openFile(root, at))).toBe('EINVAL')
    expect(codeOf(() => ops.createFile(root, at, 0o600))).toBe('EINVAL')
    expect(codeOf(() => ops.stat(root, at))).toBe('EINVAL')
    expect(codeOf(() => ops.unlink(root, at))).toBe('EINVAL')
    expect(codeOf(() => ops.mkdir(root, at, 0o700))).toBe('EINVAL')
    expect(codeOf(() => ops.rename(root, at, root, name('x'), 'replace'))).toBe('EINVAL')
    expect(codeOf(() => ops.getXattrs(root, at))).toBe('EINVAL')
  }
})

test('openFile opens regular files alone, and does not wait for a FIFO', async () => {
  const one = scratch()
  const { ops, root, path } = one
  put(one, name('file'), 'x')
  symlinkSync('file', `${path}/link`)
  mkdirSync(`${path}/dir`)
  ops.mknod(root, name('fifo'), 'fifo', 0o600, 0, 0)
  const server = createServer().listen(`${path}/socket`)
  await new Promise((resolve) => server.once('listening', resolve))
  for (const open of [ops.openFile, ops.openFileForWriting]) {
    ops.close(open(root, name('file')))
    expect(codeOf(() => open(root, name('link')))).toBe('ELOOP')
    expect(codeOf(() => open(root, name('dir')))).toBe('EISDIR')
    expect(codeOf(() => open(root, name('fifo')))).toBe('EINVAL')
    expect(codeOf(() => open(root, name('socket')))).toBe('EINVAL')
    expect(codeOf(() => open(root, name('none')))).toBe('ENOENT')
  }
  await new Promise((resolve) => server.close(resolve))
})

test('openFile refuses devices', (context) => {
  need(context, noRoot())
  const { ops, root } = scratch()
  ops.mknod(root, name('whiteout'), 'char', 0, 0, 0)
  ops.mknod(root, name('null'), 'char', 0o666, 1, 3)
  expect(codeOf(() => ops.openFile(root, name('whiteout')))).toBe('EINVAL')
  expect(codeOf(() => ops.openFile(root, name('null')))).toBe('EINVAL')
})

test('nothing is opened across a mount', (context) => {
  need(context, noRoot())
  const one = scratch()
  const { ops, root, path } = one
  mkdirSync(`${path}/mounted`)
  put(one, name('file'), '')
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${path}/mounted`])
  execFileSync('mount', ['--bind', '/etc/hostname', `${path}/file`])
  try {
    expect(codeOf(() => ops.openDir(root, 'mounted' as RelPath))).toBe('EXDEV')
    expect(codeOf(() => ops.openFile(root, name('file')))).toBe('EXDEV')
    expect(codeOf(() => ops.setMode(root, name('mounted'), 0o700))).toBe('EXDEV')
    expect(codeOf(() => ops.setXattr(root, name('mounted'), name('user.a'), Buffer.from('x')))).toBe('EXDEV')
    expect(ops.stat(root, name('mounted'))?.mountId).not.toBe(ops.statFd(root).mountId)
    expect(ops.stat(root, name('file'))?.mountId).not.toBe(ops.statFd(root).mountId)
  } finally {
    execFileSync('umount', [`${path}/mounted`, `${path}/file`])
  }
})

test('createFile gives exactly the mode that is asked for, and never replaces', () => {
  const { ops, root, path } = scratch()
  const mask = process.umask(0o077)
  try {
    for (const mode of [0o666, 0o000, 0o4755, 0o640]) {
      const at = name(`f${mode}`)
      ops.close(ops.createFile(root, at, mode))
      expect(ops.stat(root, at)?.mode).toBe(mode)
    }
  } finally {
    process.umask(mask)
  }
  symlinkSync('nowhere', `${path}/dangling`)
  expect(codeOf(() => ops.createFile(root, name('f0'), 0o600))).toBe('EEXIST')
  expect(codeOf(() => ops.createFile(root, name('dangling'), 0o600))).toBe('EEXIST')
})

test('names of any bytes and of 255 bytes reach the disk as they are', () => {
  const one = scratch()
  const names = ['\xff\xfe\x80', 'line\nbreak', ' ', 'a\\b', '\x01', 'x'.repeat(255), '-rf', bytes('日本')]
  for (const at of names) put(one, at as ByteString, at)
  const found = readdirSync(one.path, 'latin1').sort()
  expect(found).toEqual([...names].sort())
  expect(readFileSync(Buffer.from(`${one.path}/\xff\xfe\x80`, 'latin1'), 'utf8')).toBe('\xff\xfe\x80')
  expect(codeOf(() => one.ops.createFile(one.root, 'x'.repeat(256) as ByteString, 0o600))).toBe('ENAMETOOLONG')
})

test('a closed or impossible descriptor is EBADF', () => {
  const { ops, root } = scratch()
  const fd = ops.openDir(root, '' as RelPath)
  ops.close(fd)
  expect(codeOf(() => ops.close(fd))).toBe('EBADF')
  expect(codeOf(() => ops.statFd(-1))).toBe('EBADF')
  expect(codeOf(() => ops.stat(-100, name('tmp')))).toBe('EBADF')
})
