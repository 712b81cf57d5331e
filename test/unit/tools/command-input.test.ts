import { expect, test } from 'vitest'
import { commandInput, commandInputSchema } from '../../../src/tools/command-input.js'

test.each([
  [{ argv: ['ls'] }],
  [{ argv: ['ls', '', '-l'], cwd: 'src', env: { A: '' }, stdin: '', limits: { stdoutBytes: 0, timeMs: 1 } }],
  [{ argv: ['ls'], cwd: undefined, limits: {} }],
])('takes %j', (input) => {
  expect(commandInput(input)).toEqual(input)
})

test.each([
  ['nothing', undefined, 'the input'],
  ['a string', 'ls -l', 'the input'],
  ['an array', ['ls'], 'the input'],
  ['no argv', {}, '`argv`'],
  ['an empty argv', { argv: [] }, '`argv`'],
  ['a command line', { argv: 'ls -l' }, '`argv`'],
  ['no name', { argv: ['', '-l'] }, '`argv[0]`'],
  ['a number', { argv: ['ls', 1] }, '`argv[1]`'],
  ['a NUL', { argv: ['ls', 'a\0b'] }, '`argv[1]`'],
  ['a field of no name', { argv: ['ls'], shell: true }, '"shell"'],
  ['cwd', { argv: ['ls'], cwd: 1 }, '`cwd`'],
  ['env', { argv: ['ls'], env: ['A=1'] }, '`env`'],
  ['a variable', { argv: ['ls'], env: { A: 1 } }, '`env.A`'],
  ['a name of a variable', { argv: ['ls'], env: { 'A=B': '1' } }, '"A=B"'],
  ['stdin', { argv: ['ls'], stdin: null }, '`stdin`'],
  ['limits', { argv: ['ls'], limits: 1 }, '`limits`'],
  ['a limit', { argv: ['ls'], limits: { timeMs: 0 } }, '`limits.timeMs`'],
  ['half a byte', { argv: ['ls'], limits: { stdoutBytes: 0.5 } }, '`limits.stdoutBytes`'],
  ['a limit of no name', { argv: ['ls'], limits: { cpu: 1 } }, '"cpu"'],
])('refuses %s, and names it', (_, input, named) => {
  const failure = { code: 'TOOL_INPUT_INVALID', message: expect.stringContaining(named), hint: expect.any(String) }
  expect(() => commandInput(input)).toThrow(expect.objectContaining(failure))
})

test('the schema knows the same fields', () => {
  const { properties, additionalProperties, required } = commandInputSchema as {
    properties: Record<string, { properties?: object }>
    additionalProperties: boolean
    required: string[]
  }
  expect(Object.keys(properties)).toEqual(['argv', 'cwd', 'env', 'stdin', 'limits'])
  expect(Object.keys(properties.limits?.properties ?? {})).toEqual([
    'stdoutBytes',
    'stderrBytes',
    'timeMs',
    'memoryBytes',
  ])
  expect([additionalProperties, required]).toEqual([false, ['argv']])
})
