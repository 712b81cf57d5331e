import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { bytes, type Scratch, scratch } from '../../helpers/scratch.js'

const path = (text: string): RelPath => bytes(text) as RelPath

/** Makes files by their paths, and the directories above. */
function files({ path: root }: Scratch, contents: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(contents)) {
    mkdirSync(dirname(`${root}/${file}`), { recursive: true })
    writeFileSync(`${root}/${file}`, content)
  }
}

function contentOf(file: { readonly content: Uint8Array } | undefined): string | undefined {
  return file && Buffer.from(file.content).toString()
}

test('compares files of two trees pair by pair', async () => {
  const [one, other] = [scratch(), scratch()]
  files(one, { same: '1', 'd/e/é': '12', 'd/e/f': '12', empty: '' })
  files(other, { same: '1', 'd/e/é': '12', 'd/moved': '13', empty: '' })
  const pairs = [
    ['same', 'same'],
    ['d/e/é', 'd/e/é'],
    ['d/e/f', 'd/moved'],
    ['empty', 'empty'],
    ['same', 'd/moved'],
  ] as const
  const asked = pairs.map(([mine, theirs]) => ({ path: path(mine), other: path(theirs) }))
  const answers = await one.ops.compareFiles(one.root, other.root, asked)
  expect(answers).toEqual(['same', 'same', 'different', 'same', 'different'])
  expect(await one.ops.compareFiles(one.root, other.root, [])).toEqual([])
})

test('says of a pair that cannot be compared that it failed, and goes on', async () => {
  const [one, other] = [scratch(), scratch()]
  files(one, { a: '1', 'd/a': '1' })
  files(other, { a: '1', 'd/a': '1' })
  symlinkSync('a', `${other.path}/link`)
  symlinkSync('d', `${other.path}/way`)
  const asked = ['none', 'link', 'way/a', 'd', '../a', 'a'].map((to) => ({ path: path('a'), other: path(to) }))
  const answers = await one.ops.compareFiles(one.root, other.root, asked)
  expect(answers).toEqual(['failed', 'failed', 'failed', 'failed', 'failed', 'same'])
})

test('reads files one after the other, and tells of which state', async () => {
  const one = scratch()
  files(one, { a: 'first', 'd/none': '', 'e/é': 'second' })
  const buffer = new Uint8Array(100)
  const read = await one.ops.readFiles(one.root, ['a', 'd/none', 'e/é'].map(path), buffer)
  expect(read.map(contentOf)).toEqual(['first', '', 'second'])
  expect(read[0]?.stat).toEqual(one.ops.stat(one.root, bytes('a')))
  expect(Buffer.from(buffer.subarray(0, 11)).toString()).toBe('firstsecond')
})

test('leaves out what cannot be read, and what does not fit', async () => {
  const one = scratch()
  files(one, { a: '12345678', b: '123', c: '12' })
  symlinkSync('a', `${one.path}/link`)
  mkdirSync(`${one.path}/dir`)
  const asked = ['none', 'link', 'dir', 'a', 'b', 'c', 'c'].map(path)
  const read = await one.ops.readFiles(one.root, asked, new Uint8Array(8))
  expect(read.map(contentOf)).toEqual([undefined, undefined, undefined, undefined, '123', '12', '12'])
  expect(await one.ops.readFiles(one.root, [path('c')], new Uint8Array(2))).toEqual([undefined])
})

test('goes on when the descriptors are closed meanwhile', async () => {
  const one = scratch()
  files(one, Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`d${index}/f`, `${index}`])))
  const [left, right] = [one.ops.openDir(one.root, path('')), one.ops.openDir(one.root, path(''))]
  const asked = Array.from({ length: 50 }, (_, index) => path(`d${index}/f`))
  const compared = one.ops.compareFiles(
    left,
    right,
    asked.map((each) => ({ path: each, other: each })),
  )
  const read = one.ops.readFiles(left, asked, new Uint8Array(1000))
  one.ops.close(left)
  one.ops.close(right)
  expect(new Set(await compared)).toEqual(new Set(['same']))
  expect((await read).map(contentOf)).toEqual(asked.map((_, index) => `${index}`))
  rmSync(`${one.path}/d0`, { recursive: true })
})
