import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import type { WasiEvent } from '../../../src/run/stream-output.js'
import type { WasiExecInput } from '../../../src/run/wasi-input.js'
import { WasmtimeWasiRunner } from '../../../src/run/wasi-runner.js'
import { fixture, removeSharedCache, text } from '../../helpers/wasi.js'
import { module, moduleBytes, runnerBench, watchedPorts } from '../../helpers/wasi-runner.js'

afterAll(removeSharedCache)

const usage = { code: 'USAGE' }

test('a module that writes leaves its file in the directory, and nothing else anywhere', async (context) => {
  const { mounted, workspace, scratch } = await runnerBench(context)
  const result = await mounted('files', ['w', '3', 'out.txt', 'hello'])
  expect(result).toMatchObject({ ended: 'exit', exitCode: 0, truncatedStdout: false, truncatedStderr: false })
  expect(result).not.toHaveProperty('fs')
  expect(readFileSync(join(workspace, 'out.txt'), 'utf8')).toBe('hello')
  expect(existsSync(scratch)).toBe(false)
})

test('arguments, variables, standard input and the working directory', async (context) => {
  const { mounted, workspace } = await runnerBench(context)
  const { stdout } = await mounted('strings', ['a', 'ü b'], { argv: ['called', 'a', 'ü b'], env: { ONE: '1' } })
  expect(text(stdout).split('\0')).toEqual(['called', 'a', 'ü b', 'PWD=/workspace', 'ONE=1', ''])
  expect(text((await mounted('strings', [], { argv: [] })).stdout)).toMatch(/^strings\.wat\0/)
  expect(text((await mounted('cat', [], { stdin: 'a text' })).stdout)).toBe('a text')
  expect(text((await mounted('cat', [], { stdin: Buffer.from([255, 0, 1]) })).stdout)).toBe('\ufffd\0\u0001')
  mkdirSync(join(workspace, 'sub'))
  for (const cwd of ['sub', 'sub/', '/workspace/sub'])
    await mounted('files', ['w', '3', `by-${cwd.length}`, 'x'], { cwd })
  expect(readdirSync(join(workspace, 'sub')).sort()).toEqual(['by-14', 'by-3', 'by-4'])
  for (const cwd of ['/sub', '..', 'sub/../..', 'none', '/workspace/../sub']) {
    await expect(mounted('hello', [], { cwd })).rejects.toMatchObject({ code: 'PATH_INVALID' })
  }
  for (const cwd of ['.', '', '/workspace']) expect(await mounted('hello', [], { cwd })).toMatchObject({ exitCode: 0 })
})

test('one of a directory and files: both are an error, and so is neither', async (context) => {
  const { runner, workspace } = await runnerBench(context)
  const none: WasiExecInput = { module: module('hello') }
  await expect(runner.execModule(none)).rejects.toMatchObject(usage)
  const both = runner.execModule({ ...none, preopenDir: workspace, fs: { files: {} } })
  await expect(both).rejects.toMatchObject({ ...usage, message: expect.stringContaining('both') })
  await expect(runner.execModule({ ...none, preopenDir: 'relative' })).rejects.toMatchObject({ code: 'PATH_INVALID' })
})

test('a stream past its limit is cut, and the module goes on', async (context) => {
  const { mounted } = await runnerBench(context)
  const cut = await mounted('hello', [], { limits: { stdoutBytes: 3, stderrBytes: 0 } })
  expect(cut).toMatchObject({ ended: 'exit', exitCode: 0, truncatedStdout: true, truncatedStderr: true })
  expect([text(cut.stdout), text(cut.stderr)]).toEqual(['hel', ''])
  const fits = await mounted('hello', [], { limits: { maxStdoutBytes: 6, maxStderrBytes: 4 } })
  expect(fits).toMatchObject({ truncatedStdout: false, truncatedStderr: true })
  expect([text(fits.stdout), text(fits.stderr)]).toEqual(['hello\n', 'oops'])
  for (const limits of [{ stdoutBytes: -1 }, { stderrBytes: 0.5 }, { timeMs: 0 }, { memoryBytes: Number.NaN }]) {
    await expect(mounted('hello', [], { limits })).rejects.toMatchObject(usage)
  }
})

test('a module in memory, binary and text, is compiled once and needs no file', async (context) => {
  const { runnerWith, ports, outside, workspace } = await runnerBench(context)
  const watched = watchedPorts(ports)
  const cacheDir = join(outside, 'cache')
  const runner = runnerWith({ ports: watched.ports, cacheDir })
  const wat = { kind: 'bytes', bytes: moduleBytes('exit') } as const
  for (const status of ['3', '4']) {
    const result = await runner.execModule({ module: wat, argv: ['exit', status], preopenDir: workspace })
    expect(result).toMatchObject({ ended: 'exit', exitCode: Number(status) })
  }
  const path = { kind: 'path', path: fixture('exit') } as const
  expect(await runner.execModule({ module: path, argv: ['exit', '5'], preopenDir: workspace })).toMatchObject({
    exitCode: 5,
  })
  expect(watched.started).toEqual(['--version', 'compile', 'run', 'run', 'run'])
  const entry = readdirSync(cacheDir).find((name) => !name.endsWith('.lock')) as string
  expect(readdirSync(join(cacheDir, entry)).sort()).toEqual(['module.cwasm', 'seal'])
  const text = { kind: 'bytes', bytes: new Uint8Array(Buffer.from('hello')) } as const
  await expect(runner.execModule({ module: text, preopenDir: workspace })).rejects.toMatchObject({
    code: 'MODULE_INVALID',
  })
})

test('a module is the one whose hash was given, also after it was written to', async (context) => {
  const { runner, workspace, outside } = await runnerBench(context)
  const path = join(outside, 'tool.wasm')
  const run = (sha256: string): Promise<{ exitCode: number }> =>
    runner.execModule({ module: { kind: 'path', path, sha256 }, argv: ['x', '7'], preopenDir: workspace })
  copyFileSync(fixture('exit'), path)
  const hash = await import('node:crypto').then(({ createHash }) =>
    createHash('sha256').update(readFileSync(path)).digest('hex'),
  )
  expect(await run(hash)).toMatchObject({ exitCode: 7 })
  expect(await run(hash.toUpperCase())).toMatchObject({ exitCode: 7 })
  await expect(run(hash.replace(/./g, '0'))).rejects.toMatchObject({ code: 'MODULE_CHANGED', path })
  writeFileSync(path, `${readFileSync(path, 'utf8')} `)
  utimesSync(path, 1, 1)
  await expect(run(hash)).rejects.toMatchObject({ code: 'MODULE_CHANGED' })
  const bytes = { kind: 'bytes', bytes: moduleBytes('hello'), sha256: hash } as const
  await expect(runner.execModule({ module: bytes, preopenDir: workspace })).rejects.toMatchObject({
    code: 'MODULE_CHANGED',
  })
})

test('output comes as it is written, to callbacks and to a loop', async (context) => {
  const { mounted, runner, workspace } = await runnerBench(context)
  const seen: string[] = []
  const onStdout = async (data: Uint8Array): Promise<void> => void seen.push(text(data))
  expect(text((await mounted('hello', [], { onStdout, collect: false })).stdout)).toBe('')
  expect(seen.join('')).toBe('hello\n')
  const events: WasiEvent[] = []
  for await (const event of runner.stream({ module: module('hello'), preopenDir: workspace })) events.push(event)
  expect(events.at(-1)).toMatchObject({ kind: 'end', result: { exitCode: 0 } })
  const joined = (kind: string): string =>
    events.map((event) => (event.kind === kind && 'data' in event ? text(event.data) : '')).join('')
  expect([joined('stdout'), joined('stderr')]).toEqual(['hello\n', 'oops\n'])
})

test('who leaves the loop ends the module, and errors come out of it', async (context) => {
  const { runner, workspace, ports, runnerWith } = await runnerBench(context)
  const watched = watchedPorts(ports)
  const ended: Promise<unknown>[] = []
  const start: typeof ports.runner.start = async (request) => {
    const process = await watched.ports.runner.start(request)
    ended.push(process.ended)
    return process
  }
  const other = runnerWith({ ports: { ...ports, runner: { start } } })
  for await (const event of other.stream({ module: module('flood'), preopenDir: workspace, collect: false })) {
    expect(event.kind).toBe('stdout')
    break
  }
  expect(await ended.at(-1)).toMatchObject({ kind: 'signal', signal: 'SIGKILL' })
  const broken = runner.stream({ module: module('none'), preopenDir: workspace })
  await expect(broken.next()).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' })
})

test('a signal ends the module, one that waits for a place, and one that has not begun', async (context) => {
  const { runnerWith, workspace } = await runnerBench(context)
  const runner = runnerWith({ concurrency: 1 })
  const abort = new AbortController()
  const run = (name: string, signal = abort.signal): Promise<unknown> =>
    runner.execModule({ module: module(name), preopenDir: workspace, signal })
  const running = run('sleep')
  const waiting = expect(run('hello')).rejects.toMatchObject({ code: 'ABORTED' })
  const behind = run('hello', new AbortController().signal)
  await sleep(300)
  abort.abort()
  expect(await running).toMatchObject({ ended: 'aborted', exitCode: 130 })
  await waiting
  expect(await behind).toMatchObject({ exitCode: 0 })
  await expect(run('hello')).rejects.toMatchObject({ code: 'ABORTED' })
})

test('wasmtime is looked for once, and again when it was not there', async (context) => {
  const { ports, cacheDir, outside, workspace, wasmtime } = await runnerBench(context)
  const watched = watchedPorts(ports)
  const bin = join(outside, 'bin')
  const runner = new WasmtimeWasiRunner({ cacheDir, searchPath: bin, ports: watched.ports })
  const run = (): Promise<unknown> => runner.execModule({ module: module('hello'), preopenDir: workspace })
  await expect(run()).rejects.toMatchObject({ code: 'WASMTIME_MISSING' })
  mkdirSync(bin)
  copyFileSync(wasmtime.path, join(bin, 'wasmtime'))
  for (let round = 0; round < 3; round += 1) expect(await run()).toMatchObject({ exitCode: 0 })
  expect(watched.started.filter((first) => first === '--version').length).toBe(2)
  rmSync(join(bin, 'wasmtime'))
  await expect(run()).rejects.toMatchObject({ code: 'WASMTIME_MISSING' })
  await expect(run()).rejects.toMatchObject({ code: 'WASMTIME_MISSING' })
})
