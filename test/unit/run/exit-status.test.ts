import { expect, test } from 'vitest'
import { endingOf } from '../../../src/run/exit-status.js'

const exit = (exitCode: number) => ({ kind: 'exit', exitCode }) as const
const killed = { kind: 'signal', signal: 'SIGKILL', number: 9 } as const

test('the status of a module is passed through', () => {
  expect(endingOf(exit(0), undefined, undefined)).toEqual({
    ended: 'exit',
    exitCode: 0,
    signal: undefined,
    trap: undefined,
  })
  expect(endingOf(exit(125), undefined, undefined)).toMatchObject({ ended: 'exit', exitCode: 125 })
})

test('a trap, with and without a report', () => {
  const report = { kind: 'trap', message: 'integer overflow' } as const
  expect(endingOf(exit(134), report, undefined)).toMatchObject({
    ended: 'trap',
    exitCode: 134,
    trap: 'integer overflow',
  })
  expect(endingOf(exit(134), undefined, undefined)).toMatchObject({ ended: 'trap', exitCode: 134, trap: undefined })
})

test('limits that wasmtime keeps', () => {
  const memory = { kind: 'out-of-memory', message: 'forcing trap' } as const
  expect(endingOf(exit(1), memory, undefined)).toMatchObject({
    ended: 'out-of-memory',
    exitCode: 134,
    trap: 'forcing trap',
  })
  const time = { kind: 'interrupt', message: 'interrupt' } as const
  expect(endingOf(exit(134), time, undefined)).toMatchObject({ ended: 'timeout', exitCode: 124, trap: undefined })
})

test.each([
  ['timeout', 124],
  ['output-limit', 141],
  ['aborted', 130],
] as const)('killed by ourselves: %s', (reason, exitCode) => {
  expect(endingOf(killed, undefined, reason)).toMatchObject({ ended: reason, exitCode, signal: undefined })
})

test('a module that ended before the kill arrived has ended by itself', () => {
  expect(endingOf(exit(0), undefined, 'timeout')).toMatchObject({ ended: 'exit', exitCode: 0 })
  expect(endingOf(exit(3), undefined, 'aborted')).toMatchObject({ ended: 'exit', exitCode: 3 })
})

test('one that wrote too much has not, as some of its output is lost', () => {
  expect(endingOf(exit(0), undefined, 'output-limit')).toMatchObject({ ended: 'output-limit', exitCode: 141 })
})

test('killed by somebody else', () => {
  expect(endingOf(killed, undefined, undefined)).toMatchObject({ ended: 'killed', exitCode: 137, signal: 'SIGKILL' })
})
