import { expect, test } from 'vitest'
import { type RunRequest, runArguments } from '../../../src/run/wasmtime-arguments.js'

const request: RunRequest = {
  version: '48.0.2',
  module: '/m',
  preloads: [],
  argv0: 'tool.wasm',
  args: ['-e', '--dir', '/'],
  env: ['--env', 'A'],
  preopens: [{ path: '/p', guest: '.' }],
  guestCwd: '/workspace/src',
  memoryLimitBytes: undefined,
  manyMemories: false,
  timeoutMs: undefined,
}

test('the module ends the options: what follows is the guest’s', () => {
  const args = runArguments(request)
  expect(args.slice(args.indexOf('/m'))).toEqual(['/m', '-e', '--dir', '/'])
  expect(args.filter((arg) => arg === '--dir').length).toBe(2)
  expect(args[args.indexOf('--dir') + 1]).toBe('/p::.')
})

test('an argv[0] that looks like an option is none', () => {
  expect(runArguments({ ...request, argv0: '-x' })).toContain('--argv0=-x')
})

test('the working directory of components, where it can be said', () => {
  expect(runArguments(request)).toContain('cwd=/workspace/src')
  expect(runArguments({ ...request, version: '47.0.9' }).join(' ')).not.toContain('cwd=')
  expect(runArguments({ ...request, guestCwd: '/workspace/a,inherit-env=y' }).join(' ')).not.toContain('inherit-env=y')
})

test('limits', () => {
  expect(runArguments(request)).not.toContain('-W')
  const limited = runArguments({ ...request, memoryLimitBytes: 4096, timeoutMs: 1500 }).join(' ')
  expect(limited).toContain('max-memory-size=4096,max-memories=1')
  expect(limited).toContain('-W timeout=1500ms')
  const component = runArguments({ ...request, memoryLimitBytes: 4096, manyMemories: true }).join(' ')
  expect(component).not.toContain('max-memories')
})
