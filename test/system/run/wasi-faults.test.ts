import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { FileOps } from '../../../src/os/file-ops.js'
import { SystemError } from '../../../src/os/system-error.js'
import { removeSharedCache } from '../../helpers/wasi.js'
import { module, type RunnerBench, runnerBench } from '../../helpers/wasi-runner.js'

afterAll(removeSharedCache)

const files = { a: new Uint8Array(10), 'dir/b': new Uint8Array(3), 'empty/': new Uint8Array(0) }

/** A run on a snapshot whose file system call number `at` fails, but for closing. */
async function failing(
  bench: RunnerBench,
  at: number,
): Promise<{ readonly outcome: unknown; readonly reached: boolean }> {
  let left = at
  const calls = Object.entries(bench.ports.ops).map(([name, call]) => {
    if (name === 'close') return [name, call]
    return [
      name,
      (...args: never[]): unknown => {
        left -= 1
        if (left === 0) throw new SystemError('EIO', 5, 'test', undefined)
        return (call as (...args: never[]) => unknown)(...args)
      },
    ]
  })
  const ports = { ...bench.ports, ops: Object.fromEntries(calls) as FileOps }
  const run = bench
    .runnerWith({ ports })
    .execModule({ module: module('files'), argv: ['files', 'w', '3', 'dir/b', 'x'], fs: { files } })
  const outcome = await run.catch((error: unknown) => error)
  return { outcome, reached: left <= 0 }
}

test('whichever call fails, no file stays open, no content behind, and the next run is well', async (context) => {
  const bench = await runnerBench(context)
  await bench.snapshot('files', ['w', '3', 'dir/b', 'x'], files)
  const before = readdirSync('/proc/self/fd').length
  let failures = 0
  for (let at = 1; ; at += 1) {
    const { outcome, reached } = await failing(bench, at)
    expect(readdirSync('/proc/self/fd').length).toBe(before)
    if (!reached) break
    expect(outcome).toMatchObject({ code: 'EIO' })
    failures += 1
    if (at % 10 > 0) continue
    const next = await bench.runnerWith({}).execModule({ module: module('hello'), fs: { files } })
    expect(next).toMatchObject({ exitCode: 0, fs: { deleted: [] } })
  }
  expect(failures).toBeGreaterThan(50)
  await bench.runnerWith({}).execModule({ module: module('hello'), fs: { files } })
  // What may stay is a directory whose removal failed after its lock was gone: the sweep leaves it alone for a minute.
  for (const name of readdirSync(bench.scratch)) expect(readdirSync(join(bench.scratch, name))).toEqual([])
})
