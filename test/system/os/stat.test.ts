import { execFileSync } from 'node:child_process'
import { linkSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ByteString, RelPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { bytes, codeOf, put, scratch } from '../../helpers/scratch.js'

const name = bytes

test('stat says what lstat says', () => {
  const one = scratch()
  const { ops, root, path } = one
  put(one, name('file'), 'hello', 0o640)
  linkSync(`${path}/file`, `${path}/again`)
  mkdirSync(`${path}/dir`)
  symlinkSync('nowhere', `${path}/link`)
  ops.mknod(root, name('fifo'), 'fifo', 0o600, 0, 0)
  for (const [at, type] of Object.entries({ file: 'file', dir: 'dir', link: 'symlink', fifo: 'fifo' })) {
    const node = lstatSync(`${path}/${at}`, { bigint: true })
    expect(ops.stat(root, name(at))).toMatchObject({
      type,
      mode: Number(node.mode & 0o7777n),
      uid: Number(node.uid),
      gid: Number(node.gid),
      nlink: Number(node.nlink),
      size: Number(node.size),
      blocks: Number(node.blocks),
      dev: node.dev,
      ino: node.ino,
      atimeNs: node.atimeNs,
      mtimeNs: node.mtimeNs,
      ctimeNs: node.ctimeNs,
    })
  }
  expect(ops.stat(root, name('.'))).toEqual(ops.statFd(root))
})

test('no such name is undefined; anything else that fails throws', () => {
  const one = scratch()
  put(one, name('file'), '')
  const file = one.ops.openFile(one.root, name('file'))
  expect(one.ops.stat(one.root, name('none'))).toBeUndefined()
  expect(codeOf(() => one.ops.stat(file, name('none')))).toBe('ENOTDIR')
  expect(codeOf(() => one.ops.stat(one.root, 'x'.repeat(256) as ByteString))).toBe('ENAMETOOLONG')
  one.ops.close(file)
})

test('the mount id is that of the table of mounts', () => {
  const { ops, root, path } = scratch()
  const id = execFileSync('findmnt', ['-n', '-o', 'ID', '-T', path], { encoding: 'utf8' }).trim()
  expect(ops.statFd(root).mountId).toBe(BigInt(id))
})

test('device numbers are told apart', (context) => {
  need(context, noRoot())
  const { ops, root } = scratch()
  ops.mknod(root, name('whiteout'), 'char', 0, 0, 0)
  ops.mknod(root, name('disk'), 'block', 0o600, 259, 70000)
  expect(ops.stat(root, name('whiteout'))).toMatchObject({ type: 'char', mode: 0, rdevMajor: 0, rdevMinor: 0 })
  expect(ops.stat(root, name('disk'))).toMatchObject({ type: 'block', rdevMajor: 259, rdevMinor: 70000 })
})

test('scanDir gives every entry with its stat, target and attributes', () => {
  const one = scratch()
  const { ops, root, path } = one
  const odd = '\xff\n\\ ' as ByteString
  put(one, odd, 'x')
  mkdirSync(`${path}/dir`)
  symlinkSync(Buffer.from('\xfe/tar\nget', 'latin1'), `${path}/link`)
  symlinkSync('second', `${path}/link2`)
  ops.setXattr(root, name('dir'), name('user.one'), Buffer.from([0, 255]))
  ops.setXattr(root, name('dir'), name('user.two'), Buffer.alloc(0))
  ops.setXattr(root, odd, name('user.three'), Buffer.alloc(3000, 7))
  const scan = new Map(ops.scanDir(root, { xattrs: true }).map((entry) => [entry.name, entry]))
  expect([...scan.keys()].sort()).toEqual(['dir', 'link', 'link2', odd].sort())
  for (const [at, entry] of scan) {
    // Reading a link's target is an access.
    expect({ ...entry.stat, atimeNs: 0n }).toEqual({ ...ops.stat(root, at), atimeNs: 0n })
    expect(entry.xattrs).toEqual(ops.getXattrs(root, at))
  }
  expect(scan.get(name('link'))?.target).toBe('\xfe/tar\nget')
  expect(scan.get(name('link2'))?.target).toBe('second')
  expect(scan.get(name('dir'))?.target).toBeUndefined()
  expect(scan.get(name('dir'))?.xattrs.size).toBe(2)
  expect(ops.scanDir(root).every(({ xattrs }) => xattrs.size === 0)).toBe(true)
})

test('scanDir gives those of the wanted entries that are there', () => {
  const one = scratch()
  const { ops, root } = one
  for (const each of ['a', 'b', 'c\n']) put(one, name(each), '')
  const found = ops.scanDir(root, { only: ['c\n', 'gone', 'a'].map(name) })
  expect(found.map((entry) => entry.name)).toEqual(['c\n', 'a'])
  expect(ops.scanDir(root, { only: [] })).toEqual([])
  expect(codeOf(() => ops.scanDir(root, { only: [name('..')] }))).toBe('EINVAL')
})

test('scanDir starts anew each time, and an empty directory has no entries', () => {
  const one = scratch()
  expect(one.ops.scanDir(one.root, { xattrs: true })).toEqual([])
  put(one, name('late'), '')
  expect(one.ops.scanDir(one.root)).toHaveLength(1)
  expect(one.ops.scanDir(one.root)).toHaveLength(1)
})

test('scanDir reads a directory larger than any buffer', () => {
  const { ops, root, path } = scratch()
  for (let index = 0; index < 3000; index += 1) writeFileSync(`${path}/${'n'.repeat(100)}${index}`, '')
  const found = ops.scanDir(root).map((entry) => entry.name)
  expect(found.sort()).toEqual(readdirSync(path).sort())
})

test('scanDir of a directory that was removed is empty, of a file ENOTDIR', () => {
  const one = scratch()
  const { ops, root, path } = one
  mkdirSync(`${path}/gone`)
  const gone = ops.openDir(root, name('gone') as RelPath)
  rmSync(`${path}/gone`, { recursive: true })
  expect(ops.scanDir(gone)).toEqual([])
  ops.close(gone)
  put(one, name('file'), '')
  const file = ops.openFile(root, name('file'))
  expect(codeOf(() => ops.scanDir(file))).toBe('ENOTDIR')
  ops.close(file)
})

test('readLink gives the bytes of a target of any length', () => {
  const { ops, root, path } = scratch()
  const long = 't/'.repeat(2000)
  ops.symlink('\xff' as ByteString, root, name('odd'))
  ops.symlink(long as ByteString, root, name('long'))
  mkdirSync(`${path}/dir`)
  expect(ops.readLink(root, name('odd'))).toBe('\xff')
  expect(ops.readLink(root, name('long'))).toBe(long)
  expect(codeOf(() => ops.readLink(root, name('dir')))).toBe('EINVAL')
  expect(codeOf(() => ops.readLink(root, name('none')))).toBe('ENOENT')
})

test('statFs tells the file system and its space', () => {
  const one = scratch()
  const shm = scratch('/dev/shm')
  const found = shm.ops.statFs(shm.root)
  expect(found).toMatchObject({ magic: 0x01021994, blockSize: 4096, readOnly: false })
  expect(one.ops.statFs(one.root).freeBytes).toBeGreaterThan(0)
  expect(found.freeInodes).toBeGreaterThan(0)
  const proc = one.ops.openRoot('/proc' as never)
  expect(one.ops.statFs(proc).magic).toBe(0x9fa0)
  expect(one.ops.fileHandle(proc, name('version'))).toBeUndefined()
  one.ops.close(proc)
})

test('a file handle stays with the inode, whatever its name', () => {
  const one = scratch()
  const { ops, root } = one
  put(one, name('one'), '')
  put(one, name('two'), '')
  const handle = ops.fileHandle(root, name('one'))
  ops.link(root, name('one'), root, name('link'))
  expect(handle?.bytes.length).toBeGreaterThan(0)
  expect(ops.fileHandle(root, name('link'))).toEqual(handle)
  expect(ops.fileHandle(root, name('two'))).not.toEqual(handle)
  expect(codeOf(() => ops.fileHandle(root, name('none')))).toBe('ENOENT')
})
