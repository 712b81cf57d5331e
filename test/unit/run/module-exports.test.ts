import { expect, test } from 'vitest'
import type { FileOps } from '../../../src/os/file-ops.js'
import { moduleExports } from '../../../src/run/module-exports.js'

const preamble = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

/** Gives the bytes in pieces of at most three, as a file system may. */
function exportsOf(bytes: readonly number[]): ReadonlySet<string> | undefined {
  const file = Uint8Array.from(bytes)
  const read: FileOps['read'] = (_fd, buffer, position) => {
    const piece = file.subarray(position, position + Math.min(buffer.length, buffer.length > 6 ? 3 : 6))
    buffer.set(piece)
    return piece.length
  }
  return moduleExports({ read } as FileOps, { fd: 0 })
}

const section = (id: number, ...payload: number[]): number[] => [id, payload.length, ...payload]
const name = (text: string): number[] => [text.length, ...Buffer.from(text)]

test('names every export, whatever comes before the section', () => {
  const bytes = [
    ...preamble,
    ...section(0, 1, 0x78, 9, 9),
    ...section(1, 1, 0x60, 0, 0),
    ...section(7, 3, ...name('_start'), 0, 0, ...name('memory'), 2, 0, ...name(''), 0, 0x80, 0x01),
    ...section(10, 1, 2, 0, 0x0b),
  ]
  expect(exportsOf(bytes)).toEqual(new Set(['_start', 'memory', '']))
})

test('a section length may take several bytes', () => {
  const long = Array.from({ length: 300 }, () => 0)
  const bytes = [...preamble, 0, 0xac, 0x02, ...long, ...section(7, 1, ...name('run'), 0, 0)]
  expect(exportsOf(bytes)).toEqual(new Set(['run']))
})

test('no export section: no exports', () => {
  expect(exportsOf(preamble)).toEqual(new Set())
  expect(exportsOf([...preamble, ...section(1, 0)])).toEqual(new Set())
})

test.each([
  ['a length that does not end', [...preamble, 1, 0x80, 0x80, 0x80, 0x80, 0x80]],
  ['a section cut short', [...preamble, 7, 20, 1]],
  ['a name beyond the section', [...preamble, ...section(7, 1, 50, 0x61)]],
  ['fewer exports than counted', [...preamble, ...section(7, 9, ...name('a'), 0, 0)]],
  ['an absurd section', [...preamble, 7, 0xff, 0xff, 0xff, 0xff, 0x0f]],
])('%s: left to wasmtime', (_, bytes) => {
  expect(exportsOf(bytes)).toBeUndefined()
})
