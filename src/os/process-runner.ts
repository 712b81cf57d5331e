import type { Readable } from 'node:stream'
import type { Fd } from './file-ops.js'

/** Gets each piece of output as it arrives. The process waits (its pipe fills) while a returned promise is pending. */
export type OutputSink = (chunk: Uint8Array) => undefined | Promise<void>

export interface ProcessRequest {
  /** A path, or a name that is looked up in `PATH` of `env`. */
  readonly program: string
  readonly args: readonly string[]
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** Working directory; the caller's own when left out. */
  readonly cwd?: string | undefined
  /** Bytes, a stream, this process' own standard input, or (the default) nothing: end of file at once. */
  readonly stdin?: 'ignore' | 'inherit' | Uint8Array | Readable | undefined
  /** Thrown away when left out; `inherit` hands over this process' own. */
  readonly stdout?: OutputSink | 'inherit' | undefined
  readonly stderr?: OutputSink | 'inherit' | undefined
  /** Open descriptors that the process gets as 3, 4, and so on. They stay the caller's to close. */
  readonly fds?: readonly Fd[] | undefined
}

/** How a process ended. `not-started`: the program could not be executed, with the errno's name (ENOENT, EACCES). */
export type ProcessEnd =
  | { readonly kind: 'exit'; readonly exitCode: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals; readonly number: number }
  | { readonly kind: 'not-started'; readonly errno: string }

export interface RunningProcess {
  /** `undefined` when the program could not be started. */
  readonly pid: number | undefined
  /** Sends a signal; `false` when the process has ended. */
  kill(signal: NodeJS.Signals): boolean
  /** Resolves when the process has ended and its output has been handed over; rejects with what a sink threw. */
  readonly ended: Promise<ProcessEnd>
}

/** Starts programs. Whatever is still running when this process exits is killed. */
export interface ProcessRunner {
  start(request: ProcessRequest): Promise<RunningProcess>
}
