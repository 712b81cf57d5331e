import { type ErrorCode, errorKinds, exitStatuses } from './codes.js'

export interface OverlayErrorOptions {
  /** What to do next, one sentence. */
  readonly hint?: string | undefined
  /** The path it is about, in a form for people (`quoteName`). */
  readonly path?: string | undefined
  /** Machine-readable facts for `--json`, e.g. the list of conflicts. */
  readonly details?: unknown
  readonly cause?: unknown
}

/** An error that a user can meet and act on. Its `code` is stable and listed in docs/errors.md. */
export class OverlayError extends Error {
  override readonly name = 'OverlayError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly path: string | undefined
  readonly details: unknown

  constructor(code: ErrorCode, message: string, options: OverlayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.path = options.path
    this.details = options.details
  }

  /** Exit status that the command line gives this error. */
  get exitStatus(): number {
    return exitStatuses[errorKinds[this.code]]
  }
}
