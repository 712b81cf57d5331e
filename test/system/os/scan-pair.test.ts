import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { LazyEntry, Xattrs } from '../../../src/os/file-ops.js'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { bytes, codeOf, put, type Scratch, scratch } from '../../helpers/scratch.js'

const name = bytes

/** Two directories, `own` and `other`, open. */
function pair(): { own: Scratch; other: Scratch } {
  const both = scratch()
  const open = (path: string): Scratch => {
    mkdirSync(`${both.path}/${path}`)
    return {
      ops: both.ops,
      path: `${both.path}/${path}` as Scratch['path'],
      root: both.ops.openDir(both.root, path as RelPath),
    }
  }
  return { own: open('own'), other: open('other') }
}

function userOnly(xattrs: Xattrs | undefined): Record<string, string> {
  const own = [...(xattrs ?? [])].filter(([key]) => key.startsWith('user.'))
  return Object.fromEntries(own.map(([key, value]) => [key, Buffer.from(value).toString('latin1')]))
}

function typeOf(entry: LazyEntry | undefined): string | undefined {
  return entry?.stat.type
}

test('pairs the entries of two directories by name, in byte order', () => {
  const { own, other } = pair()
  for (const file of ['b', 'Z', 'é', '\u{10ffff}', 'line\nbreak']) put(own, name(file), file)
  put(other, name('b'), 'other')
  put(other, name('only there'), '')
  mkdirSync(`${other.path}/é`)
  const pairs = own.ops.scanPair(own.root, other.root)
  const rows = Array.from({ length: pairs.length }, (_, index) => pairs.at(index))
  expect(rows.map((row) => [row.name, typeOf(row.own), typeOf(row.other)])).toEqual([
    ['Z', 'file', undefined],
    ['b', 'file', 'file'],
    [name('line\nbreak'), 'file', undefined],
    [name('é'), 'file', 'dir'],
    [name('\u{10ffff}'), 'file', undefined],
  ])
  expect(rows[1]?.own.stat).toEqual(own.ops.stat(own.root, name('b')))
  expect(rows[1]?.other?.stat).toEqual(other.ops.stat(other.root, name('b')))
})

test('tells attributes and link targets of both', (context) => {
  need(context, noRoot())
  const { own, other } = pair()
  for (const { ops, root } of [own, other]) {
    ops.mkdir(root, name('dir'), 0o755)
    ops.symlink(name(root === own.root ? 'hier\xff' : 'there'), root, name('link'))
  }
  const long = 'x'.repeat(2000)
  own.ops.setXattr(own.root, name('dir'), name('user.empty'), Buffer.alloc(0))
  own.ops.setXattr(own.root, name('dir'), name('user.long'), Buffer.from(long))
  other.ops.setXattr(other.root, name('dir'), name('user.bytes'), Buffer.from([0, 255, 10]))
  own.ops.setXattr(own.root, name('link'), name('trusted.of-the-link'), Buffer.from('1'))
  const pairs = own.ops.scanPair(own.root, other.root)
  const [dir, link] = [pairs.at(0), pairs.at(1)]
  expect(userOnly(dir.own.xattrs())).toEqual({ 'user.empty': '', 'user.long': long })
  expect(userOnly(dir.other?.xattrs())).toEqual({ 'user.bytes': '\0\xff\n' })
  expect([dir.own.target(), dir.other?.target()]).toEqual([undefined, undefined])
  expect([link.own.target(), link.other?.target()]).toEqual([name('hier\xff'), 'there'])
  expect(link.own.xattrs().has(name('trusted.of-the-link'))).toBe(true)
  expect(pairs.at(1).other?.xattrs().size).toBe(link.other?.xattrs().size)
})

test('reads no attributes of a whiteout, nor of what it covers', (context) => {
  need(context, noRoot())
  const { own, other } = pair()
  own.ops.mknod(own.root, name('gone'), 'char', 0, 0, 0)
  own.ops.mknod(own.root, name('null'), 'char', 0, 1, 3)
  for (const file of ['gone', 'null']) {
    put(other, name(file), '')
    other.ops.setXattr(other.root, name(file), name('user.x'), Buffer.from('1'))
  }
  const pairs = own.ops.scanPair(own.root, other.root)
  expect([0, 1].map((index) => userOnly(pairs.at(index).other?.xattrs()))).toEqual([{}, { 'user.x': '1' }])
})

test('needs no other directory, and none that is still there', () => {
  const { own, other } = pair()
  put(own, name('file'), '')
  symlinkSync('x', `${own.path}/link`)
  rmSync(other.path, { recursive: true })
  for (const beside of [undefined, other.root]) {
    const pairs = own.ops.scanPair(own.root, beside)
    expect([pairs.length, pairs.at(0).other, pairs.at(1).own.target()]).toEqual([2, undefined, 'x'])
  }
  rmSync(own.path, { recursive: true })
  expect(own.ops.scanPair(own.root, undefined).length).toBe(0)
})

test('fails as one call on a descriptor that is no directory', () => {
  const { own, other } = pair()
  put(own, name('file'), '')
  const file = own.ops.openFile(own.root, name('file'))
  expect(codeOf(() => own.ops.scanPair(file, undefined))).toBe('ENOTDIR')
  expect(codeOf(() => own.ops.scanPair(own.root, file))).toBe('ENOTDIR')
  own.ops.close(file)
  expect(other.ops.scanPair(other.root, own.root).length).toBe(0)
})

test('scans many directories that lie at the same paths below two roots', async () => {
  const { own, other } = pair()
  for (const { path } of [own, other]) {
    for (const dir of ['a', 'b/é', 'empty', 'mine']) mkdirSync(`${path}/${dir}`, { recursive: true })
  }
  for (const [to, dir] of [
    [own, 'a'],
    [own, 'b/é'],
    [other, 'a'],
  ] as const) {
    const root = to.ops.openDir(to.root, name(dir) as RelPath)
    put({ ...to, root }, name('file'), dir)
    to.ops.close(root)
  }
  rmSync(`${other.path}/mine`, { recursive: true })
  symlinkSync('a', `${own.path}/link`)
  const paths = ['a', 'none', 'b/é', 'mine', 'link', 'empty', ''].map((path) => name(path) as RelPath)
  const scans = await own.ops.scanPairs(own.root, other.root, paths)
  const seen = scans.map((scan) =>
    scan === undefined
      ? undefined
      : Array.from({ length: scan.length }, (_, index) => scan.at(index)).map(
          (row) => `${row.name} ${typeOf(row.own)} ${row.own.stat.size} ${typeOf(row.other)}`,
        ),
  )
  expect(seen.slice(0, 6)).toEqual([
    ['file file 1 file'],
    undefined,
    ['file file 4 undefined'],
    undefined,
    undefined,
    [],
  ])
  expect(scans[6]?.at(0).name).toBe('a')
  expect(await own.ops.scanPairs(own.root, other.root, [])).toEqual([])
  const [alone, mine] = await own.ops.scanPairs(
    own.root,
    undefined,
    ['a', 'mine'].map((path) => name(path) as RelPath),
  )
  expect([alone?.length, alone?.at(0).own.stat.size, alone?.at(0).other]).toEqual([1, 1, undefined])
  expect(mine?.length).toBe(0)
})
