import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import type { RunPorts } from '../../src/run/run-ports.js'
import type { WasiExecInput, WasiExecResult, WasiFiles, WasiModule } from '../../src/run/wasi-input.js'
import { type WasiRunnerOptions, WasmtimeWasiRunner } from '../../src/run/wasi-runner.js'
import { fixture, type WasiBench, wasiBench } from './wasi.js'

/** A runner that has a directory to work in, and the fixtures to run. */
export interface RunnerBench extends WasiBench {
  readonly runner: WasmtimeWasiRunner
  /** Where the runner writes out its snapshots. */
  readonly scratch: string
  /** Another runner, with other options. */
  runnerWith(options: Partial<WasiRunnerOptions>): WasmtimeWasiRunner
  /** Runs a fixture on the directory: `argv` begins after the name. */
  mounted(name: string, argv?: readonly string[], input?: Partial<WasiExecInput>): Promise<WasiExecResult>
  /** Runs a fixture on files. */
  snapshot(
    name: string,
    argv: readonly string[],
    files: WasiFiles['files'],
    input?: Partial<WasiExecInput>,
  ): Promise<WasiExecResult>
}

export async function runnerBench(
  context: TestContext,
  options: Partial<WasiRunnerOptions> = {},
): Promise<RunnerBench> {
  const bench = await wasiBench(context)
  const scratch = join(bench.outside, '../scratch')
  const runnerWith = (others: Partial<WasiRunnerOptions>): WasmtimeWasiRunner =>
    new WasmtimeWasiRunner({
      cacheDir: bench.cacheDir,
      scratchDir: scratch,
      wasmtime: bench.wasmtime.path,
      ports: bench.ports,
      ...others,
    })
  const runner = runnerWith(options)
  return {
    ...bench,
    runner,
    scratch,
    runnerWith,
    mounted: (name, argv = [], input = {}) =>
      runner.execModule({ module: module(name), argv: [name, ...argv], preopenDir: bench.workspace, ...input }),
    snapshot: (name, argv, files, input = {}) =>
      runner.execModule({ module: module(name), argv: [name, ...argv], fs: { files }, ...input }),
  }
}

export function module(name: string): WasiModule {
  return { kind: 'path', path: fixture(name) }
}

export function moduleBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixture(name)))
}

/** Ports that note the programs which are started, with how many run at a time. */
export function watchedPorts(ports: RunPorts): {
  readonly ports: RunPorts
  readonly started: string[]
  most(): number
} {
  const started: string[] = []
  let running = 0
  let most = 0
  const start: RunPorts['runner']['start'] = async (request) => {
    started.push(request.args[0] ?? '')
    running += 1
    most = Math.max(most, running)
    const process = await ports.runner.start(request)
    void process.ended.finally(() => {
      running -= 1
    })
    return process
  }
  return { ports: { ...ports, runner: { start } }, started, most: () => most }
}
