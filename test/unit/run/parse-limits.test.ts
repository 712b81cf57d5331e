import { expect, test } from 'vitest'
import { OverlayError } from '../../../src/errors/overlay-error.js'
import { longestTimeLimitMs, parseByteLimit, parseTimeLimit } from '../../../src/run/parse-limits.js'

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['10', 10_000],
  ['1.5m', 90_000],
  ['2 h', 7_200_000],
  ['24d', 2_073_600_000],
  ['0.1ms', 1],
])('time %s is %i ms', (text, limit) => {
  expect(parseTimeLimit(text)).toBe(limit)
})

test.each([
  ['512', 512],
  ['64KiB', 65_536],
  ['512MiB', 536_870_912],
  ['1.5Gi', 1_610_612_736],
  ['500MB', 500_000_000],
  ['2k', 2000],
  ['1.9B', 1],
])('size %s is %i bytes', (text, limit) => {
  expect(parseByteLimit(text)).toBe(limit)
})

test.each([
  '',
  's',
  '-1s',
  '1e3',
  '10 seconds',
  '0',
  '0s',
  '25d',
  '99999999999d',
  '1,5s',
  'constructor',
  '10toString',
  'NaN',
])('no time limit: %j', (text) => {
  expect(() => parseTimeLimit(text)).toThrow(OverlayError)
  expect(() => parseTimeLimit(text)).toThrow(`got ${JSON.stringify(text)}`)
})

test.each(['', 'MiB', '-1', '0', '0.5B', '10mib', '9999999999GiB', '1__proto__', '512 MiB '])('no size: %j', (text) => {
  expect(() => parseByteLimit(text)).toThrow(OverlayError)
})

test('the longest time limit is one that a timer can hold', () => {
  expect(longestTimeLimitMs).toBeLessThanOrEqual(2 ** 31 - 1)
})
