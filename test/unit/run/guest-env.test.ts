import { expect, test } from 'vitest'
import { guestEnv } from '../../../src/run/guest-env.js'

test('values stay off the command line', () => {
  expect(guestEnv({ API_TOKEN: 'secret', EMPTY: '' })).toEqual({
    args: ['--env', 'API_TOKEN', '--env', 'EMPTY'],
    env: { API_TOKEN: 'secret', EMPTY: '' },
  })
})

test.each([
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'GLIBC_TUNABLES',
  'GCONV_PATH',
  'MALLOC_TRACE',
  'RUST_BACKTRACE',
  'RUST_LOG',
  'RAYON_NUM_THREADS',
  'WASMTIME_LOG',
  'HOME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
])('%s does not reach wasmtime itself', (name) => {
  expect(guestEnv({ [name]: 'x=1' })).toEqual({ args: ['--env', `${name}=x=1`], env: {} })
})

test.each(['', 'A=B', 'A\0'])('no name of a variable: %j', (name) => {
  expect(() => guestEnv({ [name]: '1' })).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test('a value with NUL is refused', () => {
  expect(() => guestEnv({ A: 'x\0y' })).toThrow(expect.objectContaining({ code: 'USAGE' }))
})
