import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Fd, FileOps } from '../../../src/os/file-ops.js'
import { removeTree } from '../../../src/os/remove-tree.js'
import type { ByteString, RelPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { deepTree } from '../../helpers/deep-tree.js'
import { bytes, codeOf, put, scratch } from '../../helpers/scratch.js'

test('removes entries of every type, and nothing when there is nothing', () => {
  const one = scratch()
  const { ops, root, path } = one
  mkdirSync(`${path}/tree/a/b`, { recursive: true })
  symlinkSync('/etc', `${path}/tree/a/link`)
  const deep = ops.openDir(root, 'tree/a/b' as RelPath)
  ops.mknod(deep, bytes('fifo'), 'fifo', 0o600, 0, 0)
  ops.close(deep)
  put(one, bytes('file'), 'x')
  writeFileSync(Buffer.from(`${path}/tree/\xff\n`, 'latin1'), '')
  symlinkSync('tree', `${path}/link`)
  removeTree(ops, root, bytes('link'))
  expect(readdirSync(path).sort()).toEqual(['file', 'tree'])
  removeTree(ops, root, bytes('tree'))
  removeTree(ops, root, bytes('file'))
  removeTree(ops, root, bytes('none'))
  expect(readdirSync(path)).toEqual([])
  expect(existsSync('/etc/passwd')).toBe(true)
})

test('removes 10,000 levels', () => {
  const one = scratch('/dev/shm')
  mkdirSync(`${one.path}/top`)
  const top = one.ops.openDir(one.root, 'top' as RelPath)
  deepTree({ ops: one.ops, root: top }, 10_000, ['side'])
  one.ops.close(top)
  const before = readdirSync('/proc/self/fd').length
  removeTree(one.ops, one.root, bytes('top'))
  expect(readdirSync(one.path)).toEqual([])
  expect(readdirSync('/proc/self/fd')).toHaveLength(before)
})

test('removes directories without permissions, as their owner', (context) => {
  need(context, noRoot())
  const { ops, root, path } = scratch()
  ops.setOwner(root, bytes('.'), 54321, 54321)
  process.setegid?.(54321)
  process.seteuid?.(54321)
  try {
    mkdirSync(`${path}/work/work`, { recursive: true })
    writeFileSync(`${path}/work/work/#1`, '')
    chmodSync(`${path}/work/work`, 0)
    ops.setMode(root, bytes('work'), 0)
    removeTree(ops, root, bytes('work'))
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
  }
  expect(readdirSync(path)).toEqual([])
})

test.for([
  { kind: 'a directory', at: 'tree/a/deep', source: '/etc' },
  { kind: 'a file', at: 'tree/a/file', source: '/etc/hostname' },
  { kind: 'the tree itself', at: 'tree', source: '/etc' },
])('removes nothing when $kind is a mount point', ({ at, source }, context) => {
  need(context, noRoot())
  const { ops, root, path } = scratch()
  mkdirSync(`${path}/tree/a/deep`, { recursive: true })
  mkdirSync(`${path}/tree/closed`, { mode: 0 })
  writeFileSync(`${path}/tree/a/file`, 'x')
  writeFileSync(`${path}/tree/zzz`, 'x')
  const before = listing(path)
  execFileSync('mount', ['--bind', source, `${path}/${at}`])
  try {
    expect(codeOf(() => removeTree(ops, root, bytes('tree')))).toBe('MOUNT_BELOW')
  } finally {
    execFileSync('umount', [`${path}/${at}`])
  }
  expect(listing(path)).toEqual(before)
})

function listing(path: string): string {
  return execFileSync('find', [path, '-printf', '%P %m\n'], { encoding: 'utf8' })
}

test('a failure on the way goes up with its path', () => {
  const { ops, root, path } = scratch()
  mkdirSync(`${path}/tree/a`, { recursive: true })
  writeFileSync(`${path}/tree/a/file`, '')
  const failing: FileOps = {
    ...ops,
    unlink: (dir: Fd, name: ByteString) => (name === 'file' ? ops.unlink(dir, bytes('a\0')) : ops.unlink(dir, name)),
  }
  expect(codeOf(() => removeTree(failing, root, bytes('tree')))).toBe('EINVAL')
  expect(existsSync(`${path}/tree/a/file`)).toBe(true)
  removeTree(ops, root, bytes('tree'))
  expect(readdirSync(path)).toEqual([])
})
