import { describe, expect, it } from 'vitest'
import { type ProjectConfig, parseProjectConfig } from '../../../src/session/parse-project-config.js'

const parse = (value: unknown): ProjectConfig =>
  parseProjectConfig(typeof value === 'string' ? value : JSON.stringify(value), '/p/.openagentic/config.json')

describe('parseProjectConfig', () => {
  it('takes what is given, and the defaults for the rest', () => {
    expect(parse({ version: 1 })).toEqual({ protected: [], undo: { keep: 5, days: 14 } })
    expect(parse({ version: 1, protected: ['/ci/', '!/ci/x', '*.lock'], undo: { keep: 0 } })).toEqual({
      protected: ['/ci/', '!/ci/x', '*.lock'],
      undo: { keep: 0, days: 14 },
    })
  })

  it.each([
    ['no JSON', '{"version":1,}', 'Expected JSON'],
    ['nothing', '', 'Expected JSON'],
    ['a list', [], 'to be an object'],
    ['null', 'null', 'to be an object'],
    ['no version', {}, '`version` to be 1, got nothing'],
    ['another version', { version: 2 }, '`version` to be 1, got 2'],
    ['a version as text', { version: '1' }, 'got "1"'],
    ['an unknown field', { version: 1, protect: ['x'] }, 'got "protect"'],
    ['an unknown field of undo', { version: 1, undo: { kept: 1 } }, 'got "undo.kept"'],
    ['a pattern alone', { version: 1, protected: '/ci/' }, 'an array of patterns'],
    ['a pattern that is no text', { version: 1, protected: ['a', 1] }, '`protected[1]`'],
    ['an empty pattern', { version: 1, protected: [' '] }, '`protected[0]`'],
    ['a comment, which would protect nothing', { version: 1, protected: ['#ci'] }, '`protected[0]`'],
    ['two lines', { version: 1, protected: ['a\nb'] }, '`protected[0]`'],
    ['undo as a number', { version: 1, undo: 5 }, '`undo` to be an object'],
    ['a negative number', { version: 1, undo: { keep: -1 } }, '`undo.keep`'],
    ['a fraction', { version: 1, undo: { days: 1.5 } }, '`undo.days`'],
    ['too many', { version: 1, undo: { keep: 1001 } }, 'up to 1000'],
    ['too long', { version: 1, undo: { days: 36_501 } }, 'up to 36500'],
  ])('refuses %s', (_what, value, message) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        path: '/p/.openagentic/config.json',
        hint: expect.any(String),
        message: expect.stringContaining(message),
      }),
    )
  })
})
