import type { Readable } from 'node:stream'
import type { OutputSink } from '../os/process-runner.js'
import type { WorkspaceFiles } from '../workspace/workspace.js'
import type { ExecResult } from './exec-options.js'
import type { FilesAfter } from './files-after.js'

/**
 * A WASI program. `path` is absolute, as text; bytes that are not UTF-8 in the form of `jsonName`. `sha256` (hexadecimal) is what the
 * content must hash to.
 */
export type WasiModule =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly sha256?: string | undefined }
  | {
      readonly kind: 'path'
      readonly path: string
      readonly sha256?: string | undefined
      /** Accepts a `.cwasm`: native code that nothing holds in the workspace, but for a process sandbox. */
      readonly allowPrecompiled?: boolean | undefined
    }

export interface WasiLimits {
  /** What is over is dropped, and told by `truncatedStdout`; the module goes on. 16 MiB unless told. */
  readonly stdoutBytes?: number | undefined
  /** As `stdoutBytes`. */
  readonly stderrBytes?: number | undefined
  /** Milliseconds that the module may run, compiling and waiting for a place left out. No limit unless told. */
  readonly timeMs?: number | undefined
  /** Linear memory. No limit but WebAssembly's unless told. */
  readonly memoryBytes?: number | undefined
  /** Other names of `stdoutBytes` and `stderrBytes`, which the OpenAgentic SDK uses. */
  readonly maxStdoutBytes?: number | undefined
  readonly maxStderrBytes?: number | undefined
  /** Snapshot mode: bytes of changed and new files that come back, with their paths. 256 MiB unless told. */
  readonly changedBytes?: number | undefined
  /** Snapshot mode: entries of all kinds that the module may leave behind. 100,000 unless told. */
  readonly entries?: number | undefined
}

/** Content by relative path; a directory, which needs to be named only if it is empty, ends with a slash. As `snapshot()` of a workspace gives it. */
export interface WasiFiles {
  readonly files: WorkspaceFiles
}

/** One of `preopenDir` and `fs` is given, not both. */
export interface WasiExecInput {
  readonly module: WasiModule
  /** With `argv[0]`. Left out, or empty: the module's file name alone. */
  readonly argv?: readonly string[] | undefined
  /** All that the module gets beside `PWD`. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Working directory below the workspace, relative or from `/workspace`. */
  readonly cwd?: string | undefined
  /** End of file at once when left out. */
  readonly stdin?: Uint8Array | string | Readable | undefined
  readonly limits?: WasiLimits | undefined
  /** Mounted mode: this directory is the workspace, an absolute path as text (`jsonName` of a session's `merged`). Nothing is copied. */
  readonly preopenDir?: string | undefined
  /** Snapshot mode: the workspace holds these files, and what changed comes back. */
  readonly fs?: WasiFiles | undefined
  /** Get the output as it comes, up to its limit. While a promise is pending the module waits. */
  readonly onStdout?: OutputSink | undefined
  readonly onStderr?: OutputSink | undefined
  /** `false`: output is not kept for the result, and has no limit unless one is told. */
  readonly collect?: boolean | undefined
  /** Told `true` before a module is compiled, which may take seconds, and `false` after. */
  readonly onCompiling?: ((busy: boolean) => void) | undefined
  /** Aborting ends the module at once. */
  readonly signal?: AbortSignal | undefined
}

export interface WasiExecResult extends Pick<ExecResult, 'ended' | 'exitCode' | 'signal' | 'trap' | 'durationMs'> {
  /** Empty with `collect: false`. */
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly truncatedStdout: boolean
  readonly truncatedStderr: boolean
  /** Snapshot mode: the difference, however the module ended. */
  readonly fs?: FilesAfter
}

/** What runs WASI modules; `WasmtimeWasiRunner` is one. */
export interface WasiRunner {
  execModule(input: WasiExecInput): Promise<WasiExecResult>
}
