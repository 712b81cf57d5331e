import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { bundleProgram } from '../../helpers/bundle-program.js'
import type { SnapshotOrder } from '../../helpers/run-snapshots.js'
import { fixture, removeSharedCache } from '../../helpers/wasi.js'
import { type RunnerBench, runnerBench } from '../../helpers/wasi-runner.js'

let program: string
beforeAll(async () => {
  program = await bundleProgram('test/helpers/run-snapshots.ts')
})
afterAll(() => {
  rmSync(dirname(program), { recursive: true, force: true })
  removeSharedCache()
})

interface Other {
  readonly process: ChildProcess
  readonly output: Promise<string>
}

/** Another process that runs a fixture; it is killed with the test. */
function other({ outside, scratch, wasmtime }: RunnerBench, argv: readonly string[], times: number): Other {
  const options = { cacheDir: join(outside, 'cache'), scratchDir: scratch, wasmtime: wasmtime.path }
  const order: SnapshotOrder = { options, path: fixture(argv[0] as string), argv, times }
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return { process: child, output: once(child, 'close').then(() => said) }
}

test('processes share the cache: one compiles, none fails, nothing stays', async (context) => {
  const bench = await runnerBench(context)
  const others = Array.from({ length: 4 }, () => other(bench, ['exit', '7'], 10))
  for (const { output } of others) expect(await output).toBe('exit 7\n'.repeat(10))
  const entries = readdirSync(join(bench.outside, 'cache')).filter((name) => !name.endsWith('.lock'))
  expect(entries).toHaveLength(1)
  expect(readdirSync(bench.scratch)).toEqual([])
})

test('the snapshot of a process that was killed goes with the next run, that of a living one stays', async (context) => {
  const bench = await runnerBench(context)
  const { scratch } = bench
  const killed = other(bench, ['sleep'], 1)
  const living = other(bench, ['sleep'], 1)
  while (!existsSync(scratch) || readdirSync(scratch).length < 2) await sleep(20)
  // wasmtime outlives the process that was killed; it is ended with the test.
  onTestFinished(() => killWasmtimesIn(scratch))
  killed.process.kill('SIGKILL')
  await once(killed.process, 'exit')
  expect(readdirSync(scratch)).toHaveLength(2)
  expect(await bench.snapshot('hello', [], {})).toMatchObject({ exitCode: 0 })
  expect(readdirSync(scratch)).toHaveLength(1)
  living.process.kill('SIGTERM')
  await living.output
  expect(
    await bench.runnerWith({}).execModule({ module: { kind: 'path', path: fixture('hello') }, fs: { files: {} } }),
  ).toMatchObject({
    exitCode: 0,
  })
  expect(readdirSync(scratch)).toEqual([])
})

function killWasmtimesIn(directory: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('wasmtime')) continue
      const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      if (links.some((link) => link.startsWith(`${directory}/`))) process.kill(Number(pid), 'SIGKILL')
    } catch (error) {
      // It has ended meanwhile.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}
