import { expect, it } from 'vitest'
import { whiteoutForm } from '../../../src/overlay-format/whiteout.js'

const device = { type: 'char', size: 0, rdevMajor: 0, rdevMinor: 0 } as const
const empty = { type: 'file', size: 0, rdevMajor: 0, rdevMinor: 0 } as const
const marked = { whiteout: true }
const unmarked = { whiteout: false }

it('is a character device 0:0, anywhere', () => {
  for (const opaque of [undefined, 'x', 'y'] as const) expect(whiteoutForm(device, unmarked, opaque)).toBe('device')
  expect(whiteoutForm({ ...device, rdevMinor: 1 }, unmarked, undefined)).toBeUndefined()
  expect(whiteoutForm({ ...device, rdevMajor: 1 }, unmarked, undefined)).toBeUndefined()
  expect(whiteoutForm({ ...device, type: 'block' }, unmarked, undefined)).toBeUndefined()
})

it('is an empty file with the mark where the directory is marked x', () => {
  expect(whiteoutForm(empty, marked, 'x')).toBe('attribute')
  expect(whiteoutForm(empty, unmarked, 'x')).toBeUndefined()
  expect(whiteoutForm({ ...empty, size: 1 }, marked, 'x')).toBeUndefined()
  expect(whiteoutForm({ ...empty, type: 'dir' }, marked, 'x')).toBeUndefined()
})

it('is stray elsewhere: it counts neither as a deletion nor as a file', () => {
  expect(whiteoutForm(empty, marked, undefined)).toBe('stray')
  expect(whiteoutForm(empty, marked, 'y')).toBe('stray')
})
