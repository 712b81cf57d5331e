import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { fixture, removeSharedCache, text, wasiBench } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

/** Exports a function `a` and no `_start`. */
const library = Buffer.from(
  '\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x05\x01\x01a\0\0\x0a\x04\x01\x02\0\x0b',
  'latin1',
)

test('a program that ends by itself', async (context) => {
  const { exec } = await wasiBench(context)
  const result = await exec('hello')
  expect(result).toMatchObject({ ended: 'exit', exitCode: 0, trap: undefined, stdoutTruncated: false })
  expect([text(result.stdout), text(result.stderr)]).toEqual(['hello\n', 'oops\n'])
})

test.for([0, 1, 2, 124, 125])('exit status %i is passed through', async (status, context) => {
  const { exec } = await wasiBench(context)
  expect(await exec('exit', { args: [String(status)] })).toMatchObject({ ended: 'exit', exitCode: status })
})

test.for([126, 127, 134, 137, 255])(
  'WASI has no exit status %i: it cannot pass for a signal',
  async (status, context) => {
    const { exec } = await wasiBench(context)
    const result = await exec('exit', { args: [String(status)] })
    expect(result).toMatchObject({ ended: 'trap', exitCode: 134, trap: expect.stringContaining('above 125') })
  },
)

test('a trap has its reason, and nothing of the report is in the output', async (context) => {
  const { exec } = await wasiBench(context)
  const result = await exec('trap')
  expect(result).toMatchObject({ ended: 'trap', exitCode: 134, trap: 'integer divide by zero' })
  expect(text(result.stderr)).toBe('')
})

test('a report that the module made up is its own output', async (context) => {
  const { exec } = await wasiBench(context)
  const result = await exec('forge', { timeLimitMs: 60_000 })
  expect(result).toMatchObject({ ended: 'exit', exitCode: 1, trap: undefined })
  expect(text(result.stderr)).toMatch(/^Error: failed to run main module [\s\S]*interrupt\n$/)
})

test('a component runs as well', async (context) => {
  const { exec } = await wasiBench(context)
  expect(await exec('component', { memoryLimitBytes: 1e6 })).toMatchObject({ ended: 'exit', exitCode: 0 })
})

test('a module for another host', async (context) => {
  const { exec } = await wasiBench(context)
  const failure = { code: 'MODULE_INVALID', message: expect.stringContaining('emscripten_resize_heap') }
  await expect(exec('other-host')).rejects.toMatchObject(failure)
})

test('a library is no program', async (context) => {
  const { exec, outside } = await wasiBench(context)
  const module = join(outside, 'library.wasm')
  writeFileSync(module, library)
  const failure = { code: 'MODULE_INVALID', message: expect.stringContaining('_start'), path: module }
  await expect(exec(module)).rejects.toMatchObject(failure)
})

test.for([
  ['a text', 'hello, world'],
  ['nothing', ''],
  ['a script', '#!/bin/sh\nexit 0\n'],
])('%s is no module', async ([, content], context) => {
  const { exec, outside } = await wasiBench(context)
  const module = join(outside, 'tool.wasm')
  writeFileSync(module, content as string)
  await expect(exec(module)).rejects.toMatchObject({ code: 'MODULE_INVALID', path: module, hint: expect.any(String) })
})

test.for([
  ['binary', Buffer.concat([library.subarray(0, 8), Buffer.from([1, 200, 1])])],
  ['text', Buffer.from('(module (func (export "_start") (drop (i32.add))))')],
])('a broken %s module: the compiler’s reason is told', async ([, content], context) => {
  const { exec, outside } = await wasiBench(context)
  const module = join(outside, 'broken.wasm')
  writeFileSync(module, content as Buffer)
  await expect(exec(module)).rejects.toMatchObject({
    code: 'MODULE_INVALID',
    path: module,
    message: expect.not.stringContaining('/proc/self'),
  })
})

test('no module, a directory, a FIFO, a link in a circle', async (context) => {
  const { exec, outside } = await wasiBench(context)
  await expect(exec(join(outside, 'none.wasm'))).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' })
  await expect(exec(join(outside, 'none/none.wasm'))).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' })
  await expect(exec(outside)).rejects.toMatchObject({ code: 'MODULE_INVALID' })
  execFileSync('mkfifo', [join(outside, 'fifo.wasm')])
  await expect(exec(join(outside, 'fifo.wasm'))).rejects.toMatchObject({ code: 'MODULE_INVALID' })
  symlinkSync('circle.wasm', join(outside, 'circle.wasm'))
  await expect(exec(join(outside, 'circle.wasm'))).rejects.toMatchObject({ code: 'MODULE_INVALID' })
})

test('a module through links, by its content and not its name', async (context) => {
  const { exec, outside } = await wasiBench(context)
  mkdirSync(join(outside, 'real/deep'), { recursive: true })
  copyFileSync(fixture('strings'), join(outside, 'real/tool'))
  symlinkSync('real/deep', join(outside, 'dir'))
  symlinkSync('../tool', join(outside, 'real/deep/link'))
  symlinkSync(join(outside, 'dir/link'), join(outside, 'called'))
  const result = await exec(join(outside, 'called'))
  expect(text(result.stdout).split('\0')[0]).toBe('called')
})

test('precompiled code runs only when it is asked for', async (context) => {
  const { exec, outside, wasmtime } = await wasiBench(context)
  const module = join(outside, 'exit.wasm')
  execFileSync(wasmtime.path, ['compile', '-o', module, fixture('exit')])
  await expect(exec(module)).rejects.toMatchObject({
    code: 'MODULE_INVALID',
    hint: expect.stringContaining('--allow-precompiled'),
  })
  const result = await exec(module, { allowPrecompiled: true, args: ['5'], timeLimitMs: 60_000 })
  expect(result).toMatchObject({ ended: 'exit', exitCode: 5 })
  writeFileSync(module, readFileSync(module).subarray(0, 3000))
  await expect(exec(module, { allowPrecompiled: true })).rejects.toMatchObject({ code: 'MODULE_INVALID' })
})
