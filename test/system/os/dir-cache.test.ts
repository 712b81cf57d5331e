import { expect, it } from 'vitest'
import { createDirCache } from '../../../src/os/dir-cache.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { relPath } from '../../../src/paths/rel-path.js'
import { deepTree } from '../../helpers/deep-tree.js'
import { scratch } from '../../helpers/scratch.js'

const levels = 3000

function chain(depth: number): ReturnType<typeof relPath> {
  return relPath(Array.from({ length: depth }, () => 'd').join('/'))
}

it('goes down and up a deep tree with few descriptors, and seldom from its root', () => {
  const one = scratch()
  deepTree(one, levels, [])
  let fromRoot = 0
  let open = 0
  let most = 0
  const ops: FileOps = {
    ...one.ops,
    openDir: (dir, path) => {
      if (dir === one.root) fromRoot += 1
      open += 1
      most = Math.max(most, open)
      return one.ops.openDir(dir, path)
    },
    close: (fd) => {
      open -= 1
      one.ops.close(fd)
    },
  }
  const cache = createDirCache(ops, one.root)
  const inodes = new Map<number, bigint>()
  for (let depth = 1; depth <= levels; depth += 1) inodes.set(depth, ops.statFd(cache.dir(chain(depth))).ino)
  expect(new Set(inodes.values()).size).toBe(levels)
  expect(fromRoot).toBeLessThan(3)
  for (let depth = levels; depth >= 1; depth -= 1) {
    expect(ops.statFd(cache.dir(chain(depth))).ino).toBe(inodes.get(depth))
  }
  // Short paths, and one in 32 of the long ones.
  expect(fromRoot).toBeLessThan(128 + levels / 30)
  expect(most).toBeLessThanOrEqual(65)
  cache.close()
  expect(open).toBe(0)
})

it('finds what lies in a directory that was not opened before, and what does not', () => {
  const one = scratch()
  deepTree(one, 300, ['side'])
  const cache = createDirCache(one.ops, one.root)
  expect(cache.stat(relPath(`${chain(200)}/side`))?.type).toBe('dir')
  expect(cache.stat(relPath(`${chain(299)}/side/none`))).toBeUndefined()
  expect(cache.stat(relPath(`${chain(200)}/none/${chain(200)}`))).toBeUndefined()
  cache.close()
})
