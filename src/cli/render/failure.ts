import { type ErrorCode, OverlayError, SystemError } from '../../index.js'
import { detailLines, detailsJson } from './obstacles.js'
import { systemCallFailure } from './system-call-failure.js'

/** An error as both forms of output need it. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly path: string | undefined
  /** Ready for JSON. */
  readonly details: unknown
  /** What people are told between message and hint. */
  readonly lines: readonly string[]
  readonly status: number
  readonly stack: string | undefined
}

/** What a shell ends with for a program that it cannot start: `exec` keeps to that. */
const shellStatuses: Readonly<Partial<Record<ErrorCode, number>>> = { MODULE_INVALID: 126, MODULE_NOT_FOUND: 127 }

const reportHint = 'This is a bug in openagentic-overlay. Set OPENAGENTIC_DEBUG=1 for a stack trace, and report it.'

export function describeFailure(error: unknown): Failure {
  const failed = asSystemError(error)
  if (failed !== undefined) return describeOverlayError(systemCallFailure(failed))
  if (error instanceof OverlayError) return describeOverlayError(error)
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'INTERNAL',
    message: `Unexpected: ${message}`,
    hint: reportHint,
    path: undefined,
    details: undefined,
    lines: [],
    status: 255,
    stack: stackOf(error),
  }
}

/** Node's own failed calls count too: writing to standard output on a full disk is no bug. */
function asSystemError(error: unknown): SystemError | undefined {
  if (error instanceof SystemError) return error
  if (!(error instanceof Error)) return undefined
  const { code, errno, syscall, path } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return undefined
  return new SystemError(code, errno ?? 0, syscall, path, { cause: error })
}

function describeOverlayError(error: OverlayError): Failure {
  const { code, message, hint, path } = error
  const status = shellStatuses[code] ?? error.exitStatus
  const [details, lines] = [detailsJson(error), detailLines(error)]
  return { code, message, hint, path, details, lines, status, stack: stackOf(error) }
}

/** With every cause below it. */
function stackOf(error: unknown): string | undefined {
  const stacks: string[] = []
  for (let at = error; at instanceof Error && stacks.length < 10; at = at.cause) stacks.push(at.stack ?? at.message)
  return stacks.length === 0 ? undefined : stacks.join('\ncaused by: ')
}

/** For standard error: the message with its code, then what to do. */
export function renderFailure(failure: Failure): string {
  const lines = [`error: ${failure.message} [${failure.code}]`, ...failure.lines.map((line) => `  ${line}`)]
  if (failure.hint !== undefined) lines.push(`hint: ${failure.hint}`)
  return `${lines.map(harmless).join('\n')}\n`
}

/** Names are quoted already; this is for what came in by other ways, such as an option's value. */
function harmless(line: string): string {
  return line.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** The `error` object of `--json`: `code`, `message`, `hint`, `path`, and `details` where the error has some. */
export function failureJson(failure: Failure): Record<string, unknown> {
  const { code, message, hint, path, details } = failure
  return {
    error: { code, message, hint: hint ?? null, path: path ?? null, ...(details === undefined ? {} : { details }) },
  }
}
