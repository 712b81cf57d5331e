import { OverlayError } from '../errors/overlay-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { type SessionId, sessionId } from '../paths/session-id.js'

export interface SessionChoice {
  readonly project: AbsPath
  /** Ids of the project's sessions. */
  readonly existing: readonly SessionId[]
  /** What the user named. */
  readonly given?: string | undefined
  /** `$OPENAGENTIC_SESSION`, read by the command line. */
  readonly fromEnvironment?: string | undefined
}

/**
 * Which session a command means: the one that was named, else the environment's, else the project's only one.
 * @throws OverlayError `NO_SUCH_SESSION`, `SESSION_AMBIGUOUS` (`details.sessions` lists them), `SESSION_ID_INVALID`
 */
export function chooseSession(choice: SessionChoice): SessionId {
  const { existing, given } = choice
  const fromEnvironment = choice.fromEnvironment === '' ? undefined : choice.fromEnvironment
  const named = given ?? fromEnvironment
  if (named !== undefined) {
    return existingSession(choice, sessionId(named), given === undefined ? ' ($OPENAGENTIC_SESSION)' : '')
  }
  const only = existing[0]
  if (only === undefined) throw noSession(choice, `Expected a session of ${quoteName(choice.project)}, found none`)
  if (existing.length === 1) return only
  throw new OverlayError(
    'SESSION_AMBIGUOUS',
    `Expected a session to be named: ${quoteName(choice.project)} has ${existing.length}: ${existing.join(', ')}`,
    {
      path: quoteName(choice.project),
      hint: 'Name one of them, or set OPENAGENTIC_SESSION.',
      details: { sessions: existing },
    },
  )
}

function existingSession(choice: SessionChoice, id: SessionId, from: string): SessionId {
  if (choice.existing.includes(id)) return id
  const others = choice.existing.length === 0 ? 'it has none' : `it has ${choice.existing.join(', ')}`
  throw noSession(choice, `Expected a session "${id}"${from} of ${quoteName(choice.project)}: ${others}`)
}

function noSession(choice: SessionChoice, message: string): OverlayError {
  return new OverlayError('NO_SUCH_SESSION', message, {
    path: quoteName(choice.project),
    hint: 'See `openagentic-overlay list`; `openagentic-overlay mount` makes a new session.',
    details: { sessions: choice.existing },
  })
}
