import { expect, test } from 'vitest'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { sessionId } from '../../../src/paths/session-id.js'
import { chooseSession, type SessionChoice } from '../../../src/session/choose-session.js'

const [one, two] = [sessionId('one'), sessionId('two')]
const project = '/p' as AbsPath

test.for([
  ['the one that was named', { existing: [one, two], given: 'two', fromEnvironment: 'one' }, 'two'],
  ['the environment’s', { existing: [one, two], fromEnvironment: 'one' }, 'one'],
  ['the only one', { existing: [two] }, 'two'],
  ['the only one, with an empty variable', { existing: [two], fromEnvironment: '' }, 'two'],
  ['the only one that is open', { existing: [one, two], isClosed: (id: string) => id === 'one' }, 'two'],
  [
    'the open one, where a closed one would do',
    { existing: [one, two], isClosed: (id: string) => id === 'one', takesClosed: true },
    'two',
  ],
  ['the only closed one', { existing: [one], isClosed: (): boolean => true, takesClosed: true }, 'one'],
  ['a closed one that is named', { existing: [one, two], given: 'one', isClosed: (id: string) => id === 'one' }, 'one'],
] as const)('%s', ([, choice, expected]) => {
  expect(chooseSession({ project, ...choice })).toBe(expected)
})

test.for([
  ['none there', { existing: [] }, 'NO_SUCH_SESSION', /found none/],
  ['another one named', { existing: [one], given: 'two' }, 'NO_SUCH_SESSION', /session "two" of \/p: it has one/],
  ['a stale variable', { existing: [one], fromEnvironment: 'two' }, 'NO_SUCH_SESSION', /\$OPENAGENTIC_SESSION/],
  ['several', { existing: [one, two] }, 'SESSION_AMBIGUOUS', /has 2: one, two/],
  [
    'closed ones alone',
    { existing: [one, two], isClosed: (): boolean => true },
    'NO_SUCH_SESSION',
    /closed ones alone: one, two/,
  ],
  [
    'several closed ones',
    { existing: [one, two], isClosed: (): boolean => true, takesClosed: true },
    'SESSION_AMBIGUOUS',
    /has 2: one, two/,
  ],
  ['a name that is none', { existing: [one], given: '../one' }, 'SESSION_ID_INVALID', /Expected a session id/],
] as const)('refused: %s', ([, choice, code, message]) => {
  const choose = (): string => chooseSession({ project, ...choice } as SessionChoice)
  expect(choose).toThrow(expect.objectContaining({ code }))
  expect(choose).toThrow(message)
})
