import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, type TestContext, test } from 'vitest'
import { bwrapSandbox } from '../../../src/run/bwrap-sandbox.js'
import { runProgram } from '../../../src/run/run-program.js'
import { need, noProgram, noRoot } from '../../helpers/capability.js'
import { removeSharedCache, text } from '../../helpers/wasi.js'
import { module, type RunnerBench, runnerBench } from '../../helpers/wasi-runner.js'

afterAll(removeSharedCache)

const unavailable = { code: 'SANDBOX_UNAVAILABLE', hint: expect.any(String) }

async function sandboxed(context: TestContext): Promise<RunnerBench> {
  need(context, noProgram('bwrap'))
  return runnerBench(context, { processSandbox: bwrapSandbox() })
}

/** Writes `bwrap: no` to standard error and ends with status 1. */
const liar = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\0a\\00\\00\\00")
  (data (i32.const 16) "bwrap: no\\0a")
  (func (export "_start")
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $exit (i32.const 1))))`

test('a module works as it does without', async (context) => {
  const { mounted, snapshot, workspace } = await sandboxed(context)
  const written = await mounted('files', ['w', '3', 'out.txt', 'hello'], { limits: { timeMs: 60_000 } })
  expect(written).toMatchObject({ ended: 'exit', exitCode: 0 })
  expect(readFileSync(join(workspace, 'out.txt'), 'utf8')).toBe('hello')
  expect(await mounted('files', ['w', '3', '../out', 'x'])).toMatchObject({ ended: 'exit', exitCode: 63 })
  const { stdout } = await mounted('strings', ['x'], { env: { TOKEN: 'hush', LD_PRELOAD: '/nowhere.so' } })
  expect(text(stdout)).toBe('strings\0x\0PWD=/workspace\0TOKEN=hush\0LD_PRELOAD=/nowhere.so\0')
  expect(text((await mounted('cat', [], { stdin: 'text' })).stdout)).toBe('text')
  expect((await snapshot('files', ['u', '3', 'a'], { a: new Uint8Array(1) })).fs).toMatchObject({ deleted: ['a'] })
})

test('endings are the same', async (context) => {
  const { mounted, ports, runnerWith, workspace } = await sandboxed(context)
  expect(await mounted('exit', ['7'])).toMatchObject({ ended: 'exit', exitCode: 7 })
  expect(await mounted('trap')).toMatchObject({ ended: 'trap', exitCode: 134, trap: 'integer divide by zero' })
  expect(await mounted('loop', [], { limits: { timeMs: 300 } })).toMatchObject({ ended: 'timeout', exitCode: 124 })
  const start: typeof ports.runner.start = async (request) => {
    const process = await ports.runner.start(request)
    if (request.args.includes('run')) void killInnermost(process.pid as number)
    return process
  }
  const runner = runnerWith({ processSandbox: bwrapSandbox(), ports: { ...ports, runner: { start } } })
  const killed = await runner.execModule({ module: module('sleep'), preopenDir: workspace })
  expect(killed).toMatchObject({ ended: 'killed', exitCode: 143, signal: 'SIGTERM' })
})

test('files of others are as within reach of root as without', async (context) => {
  need(context, noRoot())
  const { mounted, workspace } = await sandboxed(context)
  writeFileSync(join(workspace, 'other'), 'x')
  const { chownSync } = await import('node:fs')
  chownSync(join(workspace, 'other'), 61_234, 61_234)
  chmodSync(join(workspace, 'other'), 0o600)
  chownSync(workspace, 61_234, 61_234)
  chmodSync(workspace, 0o700)
  expect(await mounted('files', ['w', '3', 'other', 'y'])).toMatchObject({ exitCode: 0 })
  expect(await mounted('files', ['w', '3', 'new', 'y'])).toMatchObject({ exitCode: 0 })
})

test('around wasmtime there are no files of the machine, no other processes and no network', async (context) => {
  const { ports, outside } = await sandboxed(context)
  writeFileSync(join(outside, 'secret'), 'secret')
  const script = `cat ${join(outside, 'secret')} /etc/passwd; ls -d /proc/[0-9]* | wc -l; ls /; cat /proc/net/dev; touch /usr/x`
  const wrapped = await bwrapSandbox().wrap({
    program: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin' },
    fds: [],
  })
  const { stdout, stderr } = await runProgram(ports.runner, wrapped)
  expect(stdout).not.toContain('secret')
  expect(Number(stdout.split('\n')[0])).toBeLessThan(6)
  expect(stdout).not.toMatch(/^(home|root|tmp|etc\/passwd|var)$/m)
  expect([...stdout.matchAll(/^ *(\w+):/gm)].map(([, name]) => name)).toEqual(['lo'])
  expect(stderr).toMatch(/secret.*No such file[\s\S]*passwd.*No such file[\s\S]*Read-only file system/)
})

test('bwrap is missing, or cannot', async (context) => {
  const { runnerWith, outside, workspace } = await sandboxed(context)
  const run = (program: string): Promise<unknown> =>
    runnerWith({ processSandbox: bwrapSandbox({ program }) }).execModule({
      module: module('hello'),
      preopenDir: workspace,
    })
  await expect(run(join(outside, 'none'))).rejects.toMatchObject(unavailable)
  const broken = join(outside, 'bwrap')
  writeFileSync(broken, '#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n')
  chmodSync(broken, 0o755)
  await expect(run(broken)).rejects.toMatchObject({
    ...unavailable,
    message: expect.stringContaining('No permissions'),
  })
})

test('what a module says in the name of bwrap is its own output', async (context) => {
  const { runner, workspace } = await sandboxed(context)
  const bytes = { kind: 'bytes', bytes: new Uint8Array(Buffer.from(liar)) } as const
  const result = await runner.execModule({ module: bytes, preopenDir: workspace })
  expect(result).toMatchObject({ ended: 'exit', exitCode: 1 })
  expect(text(result.stderr)).toBe('bwrap: no\n')
})

/** Sends SIGTERM to wasmtime in the sandbox, once it is there. */
async function killInnermost(pid: number): Promise<void> {
  for (;;) {
    await sleep(20)
    const found = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isWasmtimeBelow(Number(name), pid))
    if (found === undefined) continue
    process.kill(Number(found), 'SIGTERM')
    return
  }
}

function isWasmtimeBelow(candidate: number, ancestor: number): boolean {
  const field = (pid: number, name: string): string | undefined => {
    try {
      return new RegExp(`^${name}:\\s+(.+)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    } catch {
      return undefined
    }
  }
  if (field(candidate, 'Name') !== 'wasmtime') return false
  for (let pid = candidate; pid > 1; pid = Number(field(pid, 'PPid') ?? 0)) if (pid === ancestor) return true
  return false
}
