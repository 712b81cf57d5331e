import { expect, test } from 'vitest'
import { generatedId } from '../../../src/session/generated-id.js'

test('words, then a number that grows', () => {
  const last = (below: number): number => below - 1
  expect([0, 1, 2].map((attempt) => generatedId(last, attempt))).toEqual([
    'young-shore',
    'young-shore-99',
    'young-shore-999',
  ])
})

test('draws for each word apart', () => {
  const drawn = [3, 5]
  expect(generatedId(() => drawn.shift() ?? 0, 0)).toBe('brisk-basil')
})
