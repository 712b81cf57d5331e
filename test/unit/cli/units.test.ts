import { describe, expect, it } from 'vitest'
import { count, formatAge, formatBytes } from '../../../src/cli/units.js'

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [512 * 1024, '512 KiB'],
    [1_048_576, '1.0 MiB'],
    [3 * 2 ** 40, '3.0 TiB'],
    [5000 * 2 ** 40, '5000 TiB'],
  ])('%i', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

describe('formatAge', () => {
  it.each([
    [-5, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_600_000, '1 h'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 days'],
  ])('%i', (milliseconds, text) => expect(formatAge(milliseconds)).toBe(text))
})

it('counts in one and many', () => {
  expect([count(1, 'change'), count(0, 'change'), count(2, 'entry', 'entries')]).toEqual([
    '1 change',
    '0 changes',
    '2 entries',
  ])
})
