import { closeSync, ftruncateSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sameContent } from '../../../src/changeset/same-content.js'
import { createPace } from '../../../src/os/pace.js'
import { bytes, scratch } from '../../helpers/scratch.js'

const mebibyte = 2 ** 20

/** What is written at which place; the rest is a hole. */
type Pieces = readonly (readonly [at: number, data: Buffer | string])[]

function pair(size: number): (left: Pieces, right: Pieces) => Promise<boolean> {
  const { ops, path, root } = scratch('/dev/shm')
  const make = (name: string, pieces: Pieces): void => {
    const fd = openSync(`${path}/${name}`, 'w')
    ftruncateSync(fd, size)
    for (const [at, data] of pieces) {
      const all = Buffer.from(data as string)
      writeSync(fd, all, 0, all.length, at)
    }
    closeSync(fd)
  }
  return (left, right) => {
    make('left', left)
    make('right', right)
    return sameContent(
      ops,
      createPace(undefined),
      { dir: root, name: bytes('left') },
      { dir: root, name: bytes('right') },
      size,
    )
  }
}

it('compares what is data in one file or the other', async () => {
  const same = pair(8 * mebibyte + 5)
  const zeroes = Buffer.alloc(2 * mebibyte)
  const data = Buffer.alloc(mebibyte, 'data')
  expect(await same([], [])).toBe(true)
  expect(await same([[mebibyte, zeroes]], [[4 * mebibyte + 1, zeroes]])).toBe(true)
  expect(
    await same(
      [[3 * mebibyte, data]],
      [
        [0, zeroes],
        [3 * mebibyte, data],
      ],
    ),
  ).toBe(true)
  expect(await same([[3 * mebibyte, data]], [[3 * mebibyte + 1, data]])).toBe(false)
  for (const at of [0, mebibyte - 1, 3 * mebibyte, 8 * mebibyte + 4]) {
    expect(await same([[at, 'x']], [])).toBe(false)
    expect(await same([], [[at, 'x']])).toBe(false)
    expect(await same([[at, 'x']], [[at, 'y']])).toBe(false)
    expect(await same([[at, 'x']], [[at, 'x']])).toBe(true)
  }
})

it('reads nothing of what is a hole in both', async () => {
  // To read it would take minutes.
  const same = pair(2 ** 40)
  for (const at of [0, 2 ** 39, 2 ** 40 - 1]) {
    expect(await same([[at, 'x']], [[at, 'x']])).toBe(true)
    expect(await same([[at, 'x']], [[at, 'y']])).toBe(false)
  }
})

it('takes a file that was cut meanwhile for another', async () => {
  const { ops, path, root } = scratch()
  for (const name of ['left', 'right']) writeFileSync(`${path}/${name}`, Buffer.alloc(2 * mebibyte))
  truncateSync(`${path}/right`, mebibyte)
  const [left, right] = ['left', 'right'].map((name) => ({ dir: root, name: bytes(name) }))
  if (left === undefined || right === undefined) throw new Error('two files')
  expect(await sameContent(ops, createPace(undefined), left, right, 2 * mebibyte)).toBe(false)
})
