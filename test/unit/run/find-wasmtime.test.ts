import { expect, test } from 'vitest'
import type { ProcessEnd, ProcessRunner } from '../../../src/os/process-runner.js'
import { findWasmtime } from '../../../src/run/find-wasmtime.js'

/** Programs by path: what `--version` prints, or the errno of trying to start one. */
function machine(programs: Readonly<Record<string, string>>): { runner: ProcessRunner; asked: string[] } {
  const asked: string[] = []
  const start: ProcessRunner['start'] = async ({ program, stdout }) => {
    asked.push(program)
    const answer = programs[program] ?? 'ENOENT'
    const errno = /^E[A-Z]+$/.exec(answer)?.[0]
    if (errno === undefined && typeof stdout === 'function') await stdout(Buffer.from(answer))
    const end: ProcessEnd = errno === undefined ? { kind: 'exit', exitCode: 0 } : { kind: 'not-started', errno }
    return { pid: 1, kill: () => false, ended: Promise.resolve(end) }
  }
  return { runner: { start }, asked }
}

test('the checkout’s own comes before PATH', async () => {
  const ports = machine({ '/tools/wasmtime': 'wasmtime 48.0.2', '/usr/bin/wasmtime': 'wasmtime 49.0.0' })
  const options = { toolDirs: ['/tools/'], searchPath: '/usr/bin:/tools' }
  expect(await findWasmtime(ports, options)).toEqual({ path: '/tools/wasmtime', version: '48.0.2' })
  expect(ports.asked).toEqual(['/tools/wasmtime'])
})

test('one that is too old or broken is passed over', async () => {
  const ports = machine({ '/a/wasmtime': 'wasmtime 9.0.0', '/b/wasmtime': 'EACCES', '/c/wasmtime': 'wasmtime 36.0.0' })
  expect(await findWasmtime(ports, { searchPath: '/a:/b:/c' })).toEqual({ path: '/c/wasmtime', version: '36.0.0' })
})

test('fields of PATH that mean the working directory are left out', async () => {
  const ports = machine({ './wasmtime': 'wasmtime 48.0.2', '/wasmtime': 'wasmtime 48.0.2' })
  await expect(findWasmtime(ports, { searchPath: ':.:bin' })).rejects.toMatchObject({ code: 'WASMTIME_MISSING' })
  expect(ports.asked).toEqual([])
})

test('a program that was asked for is the only one', async () => {
  const ports = machine({ '/usr/bin/wasmtime': 'wasmtime 48.0.2' })
  const options = { program: '/opt/wasmtime', searchPath: '/usr/bin' }
  const failure = {
    code: 'WASMTIME_MISSING',
    message: expect.stringContaining('/opt/wasmtime'),
    hint: expect.any(String),
  }
  await expect(findWasmtime(ports, options)).rejects.toMatchObject(failure)
})

test.each([
  ['none', {}, 'WASMTIME_MISSING', 'found none'],
  ['too old', { '/bin/wasmtime': 'wasmtime 35.9.9' }, 'WASMTIME_TOO_OLD', 'got 35.9.9'],
  ['not executable', { '/bin/wasmtime': 'EACCES' }, 'WASMTIME_MISSING', 'EACCES'],
  ['another program', { '/bin/wasmtime': 'hello' }, 'WASMTIME_MISSING', 'another program'],
])('%s', async (_, programs, code, message) => {
  const found = findWasmtime(machine(programs), { searchPath: '/bin' })
  await expect(found).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
    hint: expect.any(String),
  })
})
