import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, type TestContext, test } from 'vitest'
import type { EntryStat } from '../../../src/os/entry-stat.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { SystemError } from '../../../src/os/system-error.js'
import { sealEntry } from '../../../src/run/cache-entry.js'
import { pruneModuleCache } from '../../../src/run/prune-module-cache.js'
import { need, noRoot } from '../../helpers/capability.js'
import { path, removeSharedCache, type WasiBench, wasiBench } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

interface CacheBench extends WasiBench {
  readonly dir: string
  /** Runs exit.wat with the status 7. */
  run(options?: Parameters<WasiBench['exec']>[1]): ReturnType<WasiBench['exec']>
  /** How often the compiler ran. */
  compiled(): number
  /** The entries, as file names. */
  entries(): string[]
}

async function cacheBench(context: TestContext): Promise<CacheBench> {
  const bench = await wasiBench(context)
  const dir = join(bench.outside, 'home/.cache/modules')
  let count = 0
  const start: typeof bench.ports.runner.start = async (request) => {
    if (request.args[0] === 'compile') count += 1
    return bench.ports.runner.start(request)
  }
  const ports = { ...bench.ports, runner: { start } }
  return {
    ...bench,
    dir,
    run: (options) => bench.exec('exit', { cacheDir: path(dir), args: ['7'], ...options }, ports),
    compiled: () => count,
    entries: () => readdirSync(dir).filter((name) => !name.endsWith('.lock')),
  }
}

const well = { ended: 'exit', exitCode: 7 }

test('compiled once, in a directory for this user alone', async (context) => {
  const { run, compiled, dir, entries } = await cacheBench(context)
  for (let round = 0; round < 3; round += 1) expect(await run()).toMatchObject(well)
  expect(compiled()).toBe(1)
  expect(entries().length).toBe(1)
  for (const each of [dir, join(dir, '..'), join(dir, entries()[0] as string)])
    expect(statSync(each).mode & 0o777).toBe(0o700)
})

test('another wasmtime, and a time limit, have entries of their own', async (context) => {
  const { run, compiled, wasmtime } = await cacheBench(context)
  await run()
  await run({ timeLimitMs: 60_000 })
  await run({ timeLimitMs: 50_000, memoryLimitBytes: 1e6 })
  expect(compiled()).toBe(2)
  await run({ wasmtime: { ...wasmtime, version: '47.0.0' } })
  expect(compiled()).toBe(3)
})

test.for([
  ['is cut short', (file: string) => truncateSync(file, 3000)],
  ['is empty', (file: string) => writeFileSync(file, '')],
  ['has other bytes', (file: string) => writeFileSync(file, Buffer.alloc(20_000, 1))],
  [
    'was written to and set back',
    (file: string) => {
      const { atime, mtime } = statSync(file)
      writeFileSync(file, 'X', { flag: 'r+' })
      utimesSync(file, atime, mtime)
    },
  ],
] as const)('an entry whose module %s is compiled anew', async ([, damage], context) => {
  const { run, compiled, dir, entries } = await cacheBench(context)
  await run()
  damage(join(dir, entries()[0] as string, 'module.cwasm'))
  expect(await run()).toMatchObject(well)
  expect(await run()).toMatchObject(well)
  expect(compiled()).toBe(2)
})

test.for(['seal', 'module.cwasm'])('an entry without its %s is compiled anew', async (name, context) => {
  const { run, compiled, dir, entries } = await cacheBench(context)
  await run()
  rmSync(join(dir, entries()[0] as string, name))
  expect(await run()).toMatchObject(well)
  expect(compiled()).toBe(2)
})

test('an entry that wasmtime cannot load, though nobody wrote to it, is compiled anew', async (context) => {
  const { run, compiled, dir, entries, ports } = await cacheBench(context)
  await run()
  const entry = join(dir, entries()[0] as string)
  truncateSync(join(entry, 'module.cwasm'), statSync(join(entry, 'module.cwasm')).size - 1)
  rmSync(join(entry, 'seal'))
  const fd = ports.ops.openRoot(path(entry))
  sealEntry(ports.ops, fd)
  ports.ops.close(fd)
  expect(await run()).toMatchObject(well)
  expect(compiled()).toBe(2)
})

test('what a crash left behind goes, what another process is making stays', async (context) => {
  const { exec, dir, entries, ports } = await cacheBench(context)
  const compile = (module: string, ageNs: bigint): Promise<unknown> => {
    const aged = (stat: EntryStat): EntryStat => ({ ...stat, ctimeNs: stat.ctimeNs - ageNs })
    const scanDir: FileOps['scanDir'] = (fd) =>
      ports.ops.scanDir(fd).map((entry) => (entry.name === 'staging-1' ? { ...entry, stat: aged(entry.stat) } : entry))
    return exec(module, { cacheDir: path(dir) }, { ...ports, ops: { ...ports.ops, scanDir } })
  }
  await compile('hello', 0n)
  mkdirSync(join(dir, 'staging-1'))
  writeFileSync(join(dir, 'staging-1/module.cwasm'), '')
  await compile('exit', 1_000_000_000n)
  expect(entries()).toContain('staging-1')
  await compile('trap', 7_200_000_000_000n)
  expect(entries()).not.toContain('staging-1')
})

test('whichever call fails, nothing stays open or half made, and the next run is well', async (context) => {
  const { exec, dir, entries, ports } = await cacheBench(context)
  const before = readdirSync('/proc/self/fd').length
  let failures = 0
  for (let at = 1; ; at += 1) {
    let left = at
    const failing =
      (call: (...args: never[]) => unknown): unknown =>
      (...args: never[]) => {
        if (--left === 0) throw new SystemError('EIO', 5, 'test', undefined)
        return call(...args)
      }
    const calls = Object.entries(ports.ops).map(([name, call]) => [name, name === 'close' ? call : failing(call)])
    const ops = Object.fromEntries(calls) as FileOps
    rmSync(dir, { recursive: true, force: true })
    const run = exec('exit', { cacheDir: path(dir), args: ['7'] }, { ...ports, ops })
    const outcome = await run.catch((error: unknown) => error)
    expect(readdirSync('/proc/self/fd').length).toBe(before)
    if (existsSync(dir)) expect(entries().filter((name) => name.startsWith('staging-'))).toEqual([])
    if (left > 0) break
    expect(outcome).toMatchObject({ code: 'EIO' })
    expect(await exec('exit', { cacheDir: path(dir), args: ['7'] })).toMatchObject(well)
    failures += 1
  }
  expect(failures).toBeGreaterThan(20)
})

test('a compiler that fails leaves nothing behind', async (context) => {
  const { exec, dir, entries } = await cacheBench(context)
  const module = join(dir, '../../broken.wat')
  mkdirSync(join(dir, '../..'), { recursive: true })
  writeFileSync(module, '(module (func (export "_start") (nonsense)))')
  await expect(exec(module, { cacheDir: path(dir) })).rejects.toMatchObject({ code: 'MODULE_INVALID' })
  expect(entries()).toEqual([])
})

test('an abort while it compiles', async (context) => {
  const { run, entries } = await cacheBench(context)
  await expect(run({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  expect(entries()).toEqual([])
})

test('a directory that others may write to is refused', async (context) => {
  const { run, dir } = await cacheBench(context)
  await run()
  chmodSync(dir, 0o777)
  await expect(run()).rejects.toMatchObject({ code: 'CACHE_UNSAFE', path: dir, hint: expect.any(String) })
  chmodSync(dir, 0o755)
  expect(await run()).toMatchObject(well)
})

test('a directory of somebody else is refused', async (context) => {
  need(context, noRoot())
  const { run, dir } = await cacheBench(context)
  await run()
  chownSync(dir, 65534, 65534)
  await expect(run()).rejects.toMatchObject({ code: 'CACHE_UNSAFE', message: expect.stringContaining('65534') })
})

test('who asks is told when the compiler works', async (context) => {
  const { run } = await cacheBench(context)
  const told: boolean[] = []
  const onCompiling = (busy: boolean): void => void told.push(busy)
  await run({ onCompiling })
  expect(told).toEqual([true, false])
  await run({ onCompiling })
  expect(told).toEqual([true, false])
})

test('pruning takes what is old', async (context) => {
  const { run, compiled, dir, entries, ports } = await cacheBench(context)
  await run()
  const made = ports.ops.openRoot(path(join(dir, entries()[0] as string)))
  const { ctimeNs } = ports.ops.statFd(made)
  ports.ops.close(made)
  expect(pruneModuleCache(ports.ops, path(dir), ctimeNs)).toEqual({ entries: 0, bytes: 0 })
  expect(pruneModuleCache(ports.ops, path(dir), ctimeNs + 1n)).toEqual({ entries: 1, bytes: expect.any(Number) })
  expect(entries()).toEqual([])
  expect(pruneModuleCache(ports.ops, path(join(dir, 'none')), ctimeNs)).toEqual({ entries: 0, bytes: 0 })
  expect(await run()).toMatchObject(well)
  expect(compiled()).toBe(2)
})
