import { OverlayError } from '../errors/overlay-error.js'
import { systemPorts } from '../os/system-ports.js'
import type { AbsPath } from '../paths/byte-string.js'
import { hostPath } from '../paths/host-path.js'
import { joinAbs } from '../paths/rel-path.js'
import { checkWasiInput } from './check-wasi-input.js'
import { execModule } from './exec-module.js'
import type { ExecResult } from './exec-options.js'
import { execSnapshot } from './exec-snapshot.js'
import type { FilesAfter } from './files-after.js'
import { findWasmtime, type WasmtimeProgram } from './find-wasmtime.js'
import { createModuleHashes } from './module-hashes.js'
import type { ProcessSandbox } from './process-sandbox.js'
import type { RunPorts } from './run-ports.js'
import { sweepScratchDirs } from './scratch-dir.js'
import { createSlots } from './slots.js'
import { streamOutput, type WasiEvent } from './stream-output.js'
import type { WasiExecInput, WasiExecResult, WasiRunner } from './wasi-input.js'

export interface WasiRunnerOptions {
  /** Where compiled modules are kept, an absolute path. This user alone may be able to write to it; made when missing. */
  readonly cacheDir: string
  /** The wasmtime to use: a path. Left out: the first on `searchPath` that is new enough. */
  readonly wasmtime?: string | undefined
  /** Directories as in `PATH`, which is not read. `/usr/local/bin:/usr/bin:/bin` unless told. */
  readonly searchPath?: string | undefined
  /** Around wasmtime, while a module runs. */
  readonly processSandbox?: ProcessSandbox | undefined
  /** How many modules run at once; the others wait. 16 unless told. */
  readonly concurrency?: number | undefined
  /** Where snapshots are written out; `scratch` in `cacheDir` unless told. A tmpfs is faster. As private as `cacheDir`. */
  readonly scratchDir?: string | undefined
  /** The real system unless told. */
  readonly ports?: RunPorts | undefined
}

const systemDirs = '/usr/local/bin:/usr/bin:/bin'

/** Runs WASI modules by the wasmtime program, on a directory or on a snapshot of files. Holds no process and no open file between runs. */
export class WasmtimeWasiRunner implements WasiRunner {
  readonly #options: WasiRunnerOptions
  readonly #ports: RunPorts
  readonly #cacheDir: AbsPath
  readonly #scratchDir: AbsPath
  readonly #slots
  readonly #hashes = createModuleHashes()
  #found: Promise<WasmtimeProgram> | undefined
  #swept = false

  /** @throws OverlayError `PATH_INVALID`, `USAGE`, and what `createPorts` throws */
  constructor(options: WasiRunnerOptions) {
    const { concurrency = 16, cacheDir, scratchDir, ports } = options
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new OverlayError('USAGE', `Expected \`concurrency\` to be a whole number from 1, got ${concurrency}`)
    }
    this.#options = options
    this.#cacheDir = hostPath(cacheDir)
    this.#scratchDir = scratchDir === undefined ? joinAbs(this.#cacheDir, 'scratch') : hostPath(scratchDir)
    this.#slots = createSlots(concurrency)
    this.#ports = ports ?? systemPorts()
  }

  /**
   * Runs a module to its end. Whatever the module does is a result; errors are of what is around it.
   * @throws OverlayError `USAGE` (neither or both of `preopenDir` and `fs`, a limit, a variable), `PATH_INVALID`, `MODULE_NOT_FOUND`,
   * `MODULE_INVALID`, `MODULE_CHANGED`, `SESSION_NOT_MOUNTED` (no such directory), `CACHE_UNSAFE`, `WASMTIME_MISSING`,
   * `WASMTIME_TOO_OLD`, `WASMTIME_FAILED`, `SANDBOX_UNAVAILABLE`, `SNAPSHOT_TOO_LARGE`, `ABORTED` (before the module began)
   */
  async execModule(input: WasiExecInput): Promise<WasiExecResult> {
    const { options, files, difference } = checkWasiInput(input)
    const giveBack = await this.#slots.take(input.signal)
    try {
      const { processSandbox: sandbox } = this.#options
      const wasmtime = await this.#wasmtime()
      const all = { ...options, wasmtime, cacheDir: this.#cacheDir, moduleHashes: this.#hashes, sandbox }
      if (files === undefined) return resultOf(await execModule(this.#ports, all))
      this.#sweepOnce()
      const { result, after } = await execSnapshot(this.#ports, all, files, this.#scratchDir, difference)
      return resultOf(result, after)
    } catch (error) {
      // One that was replaced or removed meanwhile is looked for again.
      if (error instanceof OverlayError && error.code.startsWith('WASMTIME_')) this.#found = undefined
      throw error
    } finally {
      giveBack()
    }
  }

  /**
   * Runs a module and gives its output as it comes, the result last. The module waits while nobody asks for more; leaving the loop
   * ends it. Errors as {@link execModule}.
   */
  stream(input: WasiExecInput): AsyncGenerator<WasiEvent, void, undefined> {
    return streamOutput((changed) => this.execModule(changed), input)
  }

  #wasmtime(): Promise<WasmtimeProgram> {
    const { wasmtime: program, searchPath = systemDirs } = this.#options
    this.#found ??= findWasmtime(this.#ports, { program, searchPath })
    return this.#found
  }

  #sweepOnce(): void {
    if (this.#swept) return
    sweepScratchDirs(this.#ports.ops, this.#scratchDir)
    this.#swept = true
  }
}

function resultOf(result: ExecResult, fs?: FilesAfter): WasiExecResult {
  const { ended, exitCode, signal, trap, durationMs, stdoutTruncated, stderrTruncated } = result
  return {
    ended,
    exitCode,
    signal,
    trap,
    durationMs,
    stdout: result.stdout ?? new Uint8Array(0),
    stderr: result.stderr ?? new Uint8Array(0),
    truncatedStdout: stdoutTruncated,
    truncatedStderr: stderrTruncated,
    ...(fs === undefined ? {} : { fs }),
  }
}
