import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, type TestContext, test } from 'vitest'
import type { RunPorts } from '../../../src/run/run-ports.js'
import type { WasiExecInput, WasiExecResult } from '../../../src/run/wasi-input.js'
import type { WasiRunnerOptions } from '../../../src/run/wasi-runner.js'
import { need, noRoot } from '../../helpers/capability.js'
import { removeSharedCache, text } from '../../helpers/wasi.js'
import { module, type RunnerBench, runnerBench } from '../../helpers/wasi-runner.js'

afterAll(removeSharedCache)

/** Both ways to give a module its files. */
const modes = ['mounted', 'snapshot'] as const

interface FailureBench extends RunnerBench {
  run(name: string, argv?: readonly string[], input?: Partial<WasiExecInput>): Promise<WasiExecResult>
}

async function failureBench(
  context: TestContext,
  mode: (typeof modes)[number],
  options?: (bench: RunnerBench) => Partial<WasiRunnerOptions>,
): Promise<FailureBench> {
  const bench = await runnerBench(context)
  const runner = options === undefined ? bench.runner : bench.runnerWith(options(bench))
  const files = mode === 'mounted' ? { preopenDir: bench.workspace } : { fs: { files: {} } }
  return {
    ...bench,
    run: (name, argv = [], input = {}) =>
      runner.execModule({ module: module(name), argv: [name, ...argv], ...files, ...input }),
  }
}

/** Ports that do something to each process that runs a module. */
function onRun(ports: RunPorts, act: (pid: number) => void): RunPorts {
  const start: RunPorts['runner']['start'] = async (request) => {
    const process = await ports.runner.start(request)
    if (request.args[0] === 'run') act(process.pid as number)
    return process
  }
  return { ...ports, runner: { start } }
}

function script(bench: RunnerBench, lines: string): string {
  const program = join(bench.outside, 'wasmtime')
  writeFileSync(program, `#!/bin/sh\n${lines}\n`)
  chmodSync(program, 0o755)
  return program
}

test.for(modes)('%s: wasmtime is killed', async (mode, context) => {
  const { run } = await failureBench(context, mode, ({ ports }) => ({
    ports: onRun(ports, (pid) => process.kill(pid, 'SIGKILL')),
  }))
  expect(await run('loop')).toMatchObject({ ended: 'killed', exitCode: 137, signal: 'SIGKILL' })
})

test.for(modes)('%s: wasmtime is missing, too old, another program, or silent', async (mode, context) => {
  const failing = async (lines: string | undefined, code: string): Promise<void> => {
    const { run, scratch } = await failureBench(context, mode, (bench) => ({
      wasmtime: lines === undefined ? join(bench.outside, 'none') : script(bench, lines),
    }))
    await expect(run('hello')).rejects.toMatchObject({ code, hint: expect.any(String) })
    expect(() => readdirSync(scratch)).toThrow('ENOENT')
  }
  await failing(undefined, 'WASMTIME_MISSING')
  await failing('echo "wasmtime 35.9.9 (abc 2025-01-01)"', 'WASMTIME_TOO_OLD')
  await failing('echo "hello"', 'WASMTIME_MISSING')
  await failing('exit 1', 'WASMTIME_MISSING')
})

test.for(modes)('%s: wasmtime fails at compiling, and at running', async (mode, context) => {
  const version = 'case $1 in --version) echo "wasmtime 48.0.2 (x)"; exit;; esac'
  const cacheDir = (bench: RunnerBench): string => join(bench.outside, 'cache')
  const compiling = await failureBench(context, mode, (bench) => ({
    wasmtime: script(bench, `${version}\nkill -SEGV $$`),
    cacheDir: cacheDir(bench),
  }))
  await expect(compiling.run('hello')).rejects.toMatchObject({ code: 'WASMTIME_FAILED' })
  const damaged = await failureBench(context, mode, (bench) => ({
    wasmtime: script(bench, `${version}\ncase $1 in compile) exec ${bench.wasmtime.path} "$@";; esac\nkill -SEGV $$`),
    cacheDir: cacheDir(bench),
  }))
  expect(await damaged.run('hello')).toMatchObject({ ended: 'killed', exitCode: 139, signal: 'SIGSEGV' })
  if (mode === 'snapshot') expect(readdirSync(damaged.scratch)).toEqual([])
})

test.for(modes)('%s: wasmtime cannot be given so much', async (mode, context) => {
  const { run } = await failureBench(context, mode)
  await expect(run('hello', ['x'.repeat(200_000)])).rejects.toMatchObject({ code: 'USAGE', hint: expect.any(String) })
  await expect(run('hello', [], { env: { LONG: 'x'.repeat(200_000) } })).rejects.toMatchObject({ code: 'USAGE' })
  expect(await run('hello')).toMatchObject({ exitCode: 0 })
})

test.for(modes)('%s: a module traps, loops, sleeps, or wants too much memory', async (mode, context) => {
  const { run } = await failureBench(context, mode)
  expect(await run('trap')).toMatchObject({ ended: 'trap', exitCode: 134, trap: 'integer divide by zero' })
  for (const name of ['loop', 'sleep']) {
    expect(await run(name, [], { limits: { timeMs: 200 } })).toMatchObject({ ended: 'timeout', exitCode: 124 })
  }
  const full = await run('grow', [], { limits: { memoryBytes: 10_000_000 } })
  expect(full).toMatchObject({ ended: 'out-of-memory', exitCode: 134 })
})

test.for(modes)('%s: a module fills the disk', async (mode, context) => {
  need(context, noRoot())
  const { run, scratch, workspace } = await failureBench(context, mode)
  const disk = mode === 'mounted' ? workspace : scratch
  mkdirSync(disk, { recursive: true, mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', disk])
  onTestFinished(() => void execFileSync('umount', [disk]))
  expect(await run('files', ['a', '3', 'fill'])).toMatchObject({ ended: 'exit', exitCode: 51 })
  expect(readdirSync(disk)).toEqual(mode === 'mounted' ? ['fill'] : [])
})

test.for(modes)('%s: a module prints a gigabyte: cut off, to its end, and not in memory', async (mode, context) => {
  const { run } = await failureBench(context, mode)
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers)
  }, 20)
  onTestFinished(() => clearInterval(timer))
  const before = process.memoryUsage().arrayBuffers
  const result = await run('gigabyte', [], { limits: { stdoutBytes: 1_000_000 } })
  expect(result).toMatchObject({ ended: 'exit', exitCode: 0, truncatedStdout: true, truncatedStderr: false })
  expect([result.stdout.length, text(result.stderr)]).toEqual([1_000_000, 'done\n'])
  expect(most - before).toBeLessThan(200_000_000)
})

test.for(modes)('%s: a module writes outside by .., an absolute path and a link', async (mode, context) => {
  const { run, workspace, outside } = await failureBench(context, mode)
  writeFileSync(join(outside, 'secret'), 'secret')
  const refused = { ended: 'exit', exitCode: 63 }
  for (const path of ['../outside/new', '../../outside/new', join(outside, 'new'), '/etc/new']) {
    expect(await run('files', ['w', '3', path, 'x'])).toMatchObject(refused)
    expect(await run('files', ['w', '4', path, 'x'])).toMatchObject(refused)
  }
  expect(await run('paths', ['l', 'link', outside])).toMatchObject(refused)
  if (mode === 'mounted') {
    symlinkSync(outside, join(workspace, 'absolute'))
    symlinkSync('../outside', join(workspace, 'up'))
    for (const link of ['absolute', 'up']) {
      expect(await run('files', ['w', '3', `${link}/new`, 'x'])).toMatchObject(refused)
      expect(await run('files', ['w', '3', `${link}/secret`, 'x'])).toMatchObject(refused)
    }
  }
  expect(readdirSync(outside)).toEqual(['secret'])
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')
})
