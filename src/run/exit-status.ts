import type { ProcessEnd } from '../os/process-runner.js'
import { signalName } from '../os/signal-name.js'
import type { Report } from './wasmtime-report.js'

/**
 * How a run ended.
 * - `exit`: the module ended by itself.
 * - `trap`: it did something that WebAssembly does not allow.
 * - `timeout`, `out-of-memory`, `output-limit`: it ran into one of its limits.
 * - `killed`: something outside sent the process a signal.
 * - `aborted`: the caller's `AbortSignal`.
 */
export type Ended = 'exit' | 'trap' | 'timeout' | 'out-of-memory' | 'output-limit' | 'killed' | 'aborted'

/** Why we killed the process ourselves. */
export type KillReason = 'timeout' | 'output-limit' | 'aborted'

export interface Ending {
  readonly ended: Ended
  /**
   * Exit status for a shell: the module's own for `exit`, 124 for `timeout`, 134 for `trap` and `out-of-memory`, 141 for
   * `output-limit` (as after SIGPIPE), 130 for `aborted`, 128 + signal for `killed`.
   */
  readonly exitCode: number
  readonly signal: NodeJS.Signals | undefined
  /** `trap` and `out-of-memory`: the reason in wasmtime's words. */
  readonly trap: string | undefined
}

type RealEnd = Exclude<ProcessEnd, { readonly kind: 'not-started' }>

const statuses = { timeout: 124, trap: 134, 'out-of-memory': 134, 'output-limit': 141, aborted: 130 } as const

/** `end` of a process that was started, `report` if wasmtime made one, `reason` if we killed it. */
export function endingOf(end: RealEnd, report: Report | undefined, reason: KillReason | undefined): Ending {
  if (reason !== undefined && (end.kind === 'signal' || reason === 'output-limit')) return ending(reason)
  if (end.kind === 'signal') {
    return { ...ending('killed', 128 + end.number), signal: end.signal }
  }
  if (report === undefined) {
    // No program that runs under WASI preview 1 can exit with this status; wasmtime does after a trap.
    return end.exitCode === statuses.trap ? ending('trap') : ending('exit', end.exitCode)
  }
  if (report.kind === 'interrupt') return ending('timeout')
  const ended = report.kind === 'out-of-memory' ? report.kind : 'trap'
  return { ...ending(ended), trap: report.message }
}

/**
 * A sandbox that outlives the command tells its end by a signal as a shell does, 128 + the signal. A WASI program has no such
 * status, and wasmtime 134 alone, which {@link endingOf} knows.
 */
export function insideEnd(end: RealEnd): RealEnd {
  if (end.kind !== 'exit' || end.exitCode <= 128 || end.exitCode === statuses.trap) return end
  const number = end.exitCode - 128
  const signal = signalName(number)
  return signal === undefined ? end : { kind: 'signal', signal, number }
}

function ending(ended: Ended, exitCode?: number): Ending {
  const status = exitCode ?? statuses[ended as keyof typeof statuses]
  return { ended, exitCode: status, signal: undefined, trap: undefined }
}
