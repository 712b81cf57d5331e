import type { Readable } from 'node:stream'
import type { OutputSink } from '../os/process-runner.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import type { Ending } from './exit-status.js'
import type { WasmtimeProgram } from './find-wasmtime.js'
import type { ModuleHashes } from './module-hashes.js'
import type { ModuleBytes } from './open-module.js'
import type { ProcessSandbox } from './process-sandbox.js'

export interface ExecOptions {
  /** The directory that the module works in; it may be a link, as a session's merged directory is under `userns`. */
  readonly merged: AbsPath
  readonly module: AbsPath | ModuleBytes
  /** A directory that the module must lie below, and be reached from through no symbolic link: for a path that is not to be trusted. */
  readonly moduleBelow?: AbsPath | undefined
  /** What the module's content must hash to, in hexadecimal. */
  readonly moduleSha256?: string | undefined
  /** Remembers hashes between runs. */
  readonly moduleHashes?: ModuleHashes | undefined
  readonly wasmtime: WasmtimeProgram
  /** Where compiled modules are kept; made when missing. This user alone may be able to write to it. */
  readonly cacheDir: AbsPath
  readonly args?: readonly string[] | undefined
  /** `argv[0]`; the module's file name when left out. */
  readonly argv0?: string | undefined
  /** All that the module gets beside `PWD`. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Working directory below `merged`. */
  readonly cwd?: RelPath | undefined
  /** Nothing (end of file at once) when left out. */
  readonly stdin?: 'ignore' | 'inherit' | Uint8Array | Readable | undefined
  /** Get the module's output as it comes. */
  readonly stdout?: OutputSink | undefined
  readonly stderr?: OutputSink | undefined
  /** Keeps the output for the result too: at most `outputLimitBytes`, and 64 MiB when there is no limit. */
  readonly collect?: boolean | undefined
  /** Both output streams together. Past it the module is ended. */
  readonly outputLimitBytes?: number | undefined
  /** This stream alone. What is over is dropped, and the module goes on. */
  readonly stdoutLimitBytes?: number | undefined
  readonly stderrLimitBytes?: number | undefined
  /** Milliseconds that the module may run; compiling it is not counted. */
  readonly timeLimitMs?: number | undefined
  /** Bytes of linear memory. */
  readonly memoryLimitBytes?: number | undefined
  /** Accepts a `.cwasm`. It is native code and runs with all the rights of the caller: nothing holds it in the workspace. */
  readonly allowPrecompiled?: boolean | undefined
  /**
   * A large module takes seconds to compile, once for each version of wasmtime: told `true` before, `false` after. It may be
   * told several times.
   */
  readonly onCompiling?: ((busy: boolean) => void) | undefined
  /** Around wasmtime while it runs the module; not around its compiler. */
  readonly sandbox?: ProcessSandbox | undefined
  /** Aborting ends the module at once. */
  readonly signal?: AbortSignal | undefined
}

export interface ExecResult extends Ending {
  /** With `collect`. */
  readonly stdout: Uint8Array | undefined
  readonly stderr: Uint8Array | undefined
  readonly stdoutTruncated: boolean
  readonly stderrTruncated: boolean
  /** From the start of the module's process to its end, compiling left out. */
  readonly durationMs: number
}
