import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { removeTree } from '../../../src/os/remove-tree.js'
import { walk } from '../../../src/os/walk.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { need, noProgram, noRoot } from '../../helpers/capability.js'
import { mountImage } from '../../helpers/disk-image.js'
import { bytes, put, type Scratch, scratch } from '../../helpers/scratch.js'

const name = bytes
const mebibyte = 1024 * 1024

function disk(kind: 'btrfs' | 'xfs'): Scratch {
  const { ops, path } = scratch()
  const at = mountImage(kind, path) as AbsPath
  const root = ops.openRoot(at)
  onTestFinished(() => ops.close(root))
  return { ops, path: at, root }
}

test.for(['btrfs', 'xfs'] as const)('on %s content is cloned, or copied with its holes', (kind, context) => {
  need(context, noRoot() ?? noProgram(`mkfs.${kind}`))
  const one = disk(kind)
  const { ops, root, path } = one
  put(one, name('from'), Buffer.alloc(mebibyte, 'data'))
  const from = ops.openFileForWriting(root, name('from'))
  ops.truncate(from, 64 * mebibyte)
  const clone = ops.createFile(root, name('clone'), 0o600)
  expect(ops.cloneContent(from, clone)).toBe(true)
  const copy = ops.createFile(root, name('copy'), 0o600)
  expect(ops.copyContent(from, copy, 0, 1024 * mebibyte)).toBeUndefined()
  for (const fd of [from, clone, copy]) ops.close(fd)
  const content = readFileSync(`${path}/from`)
  for (const at of ['clone', 'copy']) {
    expect(readFileSync(`${path}/${at}`).equals(content)).toBe(true)
    expect(statSync(`${path}/${at}`).blocks * 512).toBeLessThan(3 * mebibyte)
  }
})

test('btrfs counts no inodes', (context) => {
  need(context, noRoot() ?? noProgram('mkfs.btrfs'))
  const { ops, root } = disk('btrfs')
  expect(ops.statFs(root)).toMatchObject({ magic: 0x9123683e, freeInodes: 0, readOnly: false })
})

test('a btrfs subvolume is a directory like any other, not a mount', (context) => {
  need(context, noRoot() ?? noProgram('mkfs.btrfs'))
  const { ops, root, path } = disk('btrfs')
  ops.mkdir(root, name('tree'), 0o755)
  execFileSync('btrfs', ['-q', 'subvolume', 'create', `${path}/tree/volume`])
  writeFileSync(`${path}/tree/volume/file`, '')
  expect(statSync(`${path}/tree/volume`).dev).not.toBe(statSync(`${path}/tree`).dev)
  expect([...walk(ops, root)].map((found) => found.path)).toEqual(['tree', 'tree/volume', 'tree/volume/file'])
  removeTree(ops, root, name('tree'))
  expect(ops.scanDir(root)).toEqual([])
})

test('a read-only file system says so', (context) => {
  need(context, noRoot() ?? noProgram('mkfs.xfs'))
  const { ops, root, path } = disk('xfs')
  put({ ops, root, path }, name('file'), '')
  execFileSync('mount', ['-o', 'remount,ro', path])
  expect(ops.statFs(root).readOnly).toBe(true)
  expect(() => ops.createFile(root, name('new'), 0o600)).toThrow(expect.objectContaining({ code: 'EROFS' }))
})
