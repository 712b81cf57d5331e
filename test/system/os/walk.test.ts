import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createDirLadder } from '../../../src/os/dir-ladder.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { type WalkOptions, walk } from '../../../src/os/walk.js'
import type { ByteString, RelPath } from '../../../src/paths/byte-string.js'
import { compareTreeOrder } from '../../../src/paths/rel-path.js'
import { need, noRoot } from '../../helpers/capability.js'
import { deepTree } from '../../helpers/deep-tree.js'
import { bytes, codeOf, type Scratch, scratch } from '../../helpers/scratch.js'

function paths({ ops, root }: Scratch, options?: WalkOptions): string[] {
  return [...walk(ops, root, options)].map(({ path }) => path)
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

test('gives each directory before what it holds, in byte order', () => {
  const one = scratch()
  for (const dir of ['a', 'a/b', 'a/b/c', 'a-b', 'B']) mkdirSync(`${one.path}/${dir}`)
  for (const file of ['a/z', 'a/b/c/deep', 'a.txt', '\x7f']) writeFileSync(`${one.path}/${file}`, '')
  writeFileSync(Buffer.from(`${one.path}/a/\xff`, 'latin1'), '')
  symlinkSync('a', `${one.path}/link`)
  const found = paths(one)
  expect(found).toEqual([...found].sort((left, right) => compareTreeOrder(left as RelPath, right as RelPath)))
  expect(new Set(found)).toEqual(
    new Set(['B', 'a', 'a/b', 'a/b/c', 'a/b/c/deep', 'a/z', 'a/\xff', 'a-b', 'a.txt', 'link', '\x7f']),
  )
})

test('the directory that comes with an entry is the one that holds it', () => {
  const one = scratch()
  mkdirSync(`${one.path}/a/b`, { recursive: true })
  writeFileSync(`${one.path}/a/b/file`, 'here')
  const contents = [...walk(one.ops, one.root)]
    .filter(({ entry }) => entry.stat.type === 'file')
    .map(({ entry }) => entry.name)
  expect(contents).toEqual(['file'])
  for (const { dir, entry } of walk(one.ops, one.root)) {
    expect(one.ops.stat(dir, entry.name)?.ino).toBe(entry.stat.ino)
  }
})

test('does not enter what it is told not to, and stops when its user does', () => {
  const one = scratch()
  mkdirSync(`${one.path}/skip/inner`, { recursive: true })
  mkdirSync(`${one.path}/take/inner`, { recursive: true })
  const before = openDescriptors()
  expect(paths(one, { enter: (path) => path !== 'skip' })).toEqual(['skip', 'take', 'take/inner'])
  for (const { path } of walk(one.ops, one.root)) if (path === 'skip/inner') break
  expect(openDescriptors()).toBe(before)
})

test('walks 10,000 levels with a bounded number of open directories', () => {
  const one = scratch('/dev/shm')
  const levels = 10_000
  deepTree(one, levels, ['before', 'zafter'])
  const before = openDescriptors()
  let most = 0
  let count = 0
  let longest = 0
  for (const { path } of walk(one.ops, one.root)) {
    count += 1
    if (count % 100 === 0) most = Math.max(most, openDescriptors())
    longest = Math.max(longest, path.length)
  }
  expect(count).toBe(levels * 3)
  expect(longest).toBe((levels - 1) * 'd/'.length + 'zafter'.length)
  expect(most - before).toBeLessThan(50)
  expect(openDescriptors()).toBe(before)
})

test('leaves out what vanishes, or is replaced, while it walks', () => {
  const one = scratch()
  for (const dir of ['a/x', 'b/x', 'c/x', 'other/y']) mkdirSync(`${one.path}/${dir}`, { recursive: true })
  const found: string[] = []
  for (const { path } of walk(one.ops, one.root)) {
    found.push(path)
    if (path === 'a') rmSync(`${one.path}/a`, { recursive: true })
    if (path === 'b') {
      rmSync(`${one.path}/b`, { recursive: true })
      symlinkSync('other', `${one.path}/b`)
    }
    if (path === 'c') {
      rmSync(`${one.path}/c`, { recursive: true })
      writeFileSync(`${one.path}/c`, '')
    }
  }
  expect(found).toEqual(['a', 'b', 'c', 'other', 'other/y'])
})

test('reports a mount point and does not cross it', (context) => {
  need(context, noRoot())
  const one = scratch()
  mkdirSync(`${one.path}/a/mounted`, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${one.path}/a/mounted`])
  try {
    writeFileSync(`${one.path}/a/mounted/beyond`, '')
    expect(paths(one)).toEqual(['a', 'a/mounted'])
  } finally {
    execFileSync('umount', [`${one.path}/a/mounted`])
  }
})

test('an unreadable directory goes up as EACCES', (context) => {
  need(context, noRoot())
  const one = scratch()
  one.ops.setMode(one.root, bytes('.'), 0o755)
  mkdirSync(`${one.path}/closed`, { mode: 0 })
  process.seteuid?.(54321)
  try {
    expect(codeOf(() => paths(one))).toBe('EACCES')
  } finally {
    process.seteuid?.(0)
  }
})

test('a ladder does not take a directory for the one that it closed', () => {
  const one = scratch()
  const { ops, root, path } = one
  const levels = Array(40).fill('d').join('/')
  mkdirSync(`${path}/${levels}`, { recursive: true })
  const ladder = createDirLadder(ops, root)
  for (let level = 0; level < 40; level += 1) ladder.down(bytes('d'))
  renameSync(`${path}/d/d`, `${path}/moved`)
  mkdirSync(`${path}/d/d`)
  for (let level = 0; level < 38; level += 1) ladder.up()
  expect(ladder.path).toBe('d/d')
  expect(codeOf(() => ladder.fd())).toBe('ESTALE')
  ladder.close()
})

test('a ladder that cannot go down stays where it is', () => {
  const { ops, root, path }: { ops: FileOps; root: number; path: string } = scratch()
  mkdirSync(`${path}/a`)
  const ladder = createDirLadder(ops, root)
  ladder.down(bytes('a'))
  expect(codeOf(() => ladder.down('none' as ByteString))).toBe('ENOENT')
  expect(ladder.path).toBe('a')
  expect(ops.statFd(ladder.fd()).ino).toBe(ops.stat(root, bytes('a'))?.ino)
  ladder.close()
})
