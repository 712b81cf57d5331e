import { expect, test } from 'vitest'
import { parseReport } from '../../../src/run/wasmtime-report.js'

const run = (causes: string): string => `Error: failed to run main module \`/x\`\n\nCaused by:\n${causes}\n`

test('a trap is the last cause, whatever functions are called', () => {
  const causes = [
    '    0: failed to invoke command default',
    '    1: error while executing at wasm backtrace:',
    '    0:     0x24 - <unknown>!forged',
    '    9: forcing trap when growing memory to 1 bytes',
    '    1:     0x28 - <unknown>!unknown import',
    '    2: wasm trap: wasm `unreachable` instruction executed',
  ]
  expect(parseReport(run(causes.join('\n')))).toEqual({
    kind: 'trap',
    message: 'wasm `unreachable` instruction executed',
  })
})

test('the indentation of wasmtime 36', () => {
  const causes =
    '    0: failed to invoke command default\n    1: error while executing at wasm backtrace:\n           0:     0x24 - <unknown>!f\n    2: wasm trap: integer divide by zero'
  expect(parseReport(run(causes))).toEqual({ kind: 'trap', message: 'integer divide by zero' })
})

test.each([
  ['interrupt', '    2: wasm trap: interrupt'],
  ['out-of-memory', '    2: forcing trap when growing memory to 10551296 bytes'],
  ['out-of-memory', '    0: failed to instantiate "/x"\n    1: memory minimum size of 1 pages exceeds memory limits'],
  ['out-of-memory', '    0: failed to instantiate "/x"\n    1: resource limit exceeded: memory count too high at 2'],
  ['unlinkable', '    0: failed to instantiate "/x"\n    1: unknown import: `env::foo` has not been defined'],
  ['trap', '    2: exit with invalid exit status outside of [0..126)'],
])('%s: %s', (kind, causes) => {
  expect(parseReport(run(causes)).kind).toBe(kind)
})

test.each([
  "Error: failed deserialization for: /x\n\nCaused by:\n    Module was compiled with incompatible version '49'\n",
  "Error: failed to parse `/x`: input bytes aren't valid utf-8\n",
  'Error: failed to open wasm module "/x"\n\nCaused by:\n    No such file or directory (os error 2)\n',
  'Error: failed to process preload `p` at `/x`\n\nCaused by:\n    0: failed deserialization for: /x\n    1: no\n',
])('unloadable: %s', (report) => {
  expect(parseReport(report).kind).toBe('unloadable')
})

test('the reason of a single cause is kept', () => {
  const report =
    'Error: failed deserialization for: /x\n\nCaused by:\n    Module was compiled with epoch interruption\n'
  expect(parseReport(report).message).toBe('Module was compiled with epoch interruption')
})
