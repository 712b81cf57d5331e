import { OverlayError } from '../errors/overlay-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { type SessionId, sessionId } from '../paths/session-id.js'

export interface SessionChoice {
  readonly project: AbsPath
  /** Ids of the project's sessions. */
  readonly existing: readonly SessionId[]
  /** Which of them are closed; asked only where none is named. None, unless given. */
  readonly isClosed?: ((id: SessionId) => boolean) | undefined
  /** The command has something to do with a closed session too, where no open one can be meant. */
  readonly takesClosed?: boolean | undefined
  /** What the user named. */
  readonly given?: string | undefined
  /** `$OPENAGENTIC_SESSION`, read by the command line. */
  readonly fromEnvironment?: string | undefined
}

/**
 * Which session a command means: the one that was named, else the environment's, else the project's only open one.
 * @throws OverlayError `NO_SUCH_SESSION`, `SESSION_AMBIGUOUS` (`details.sessions` lists them), `SESSION_ID_INVALID`
 */
export function chooseSession(choice: SessionChoice): SessionId {
  const { given } = choice
  const fromEnvironment = choice.fromEnvironment === '' ? undefined : choice.fromEnvironment
  const named = given ?? fromEnvironment
  if (named !== undefined) {
    return existingSession(choice, sessionId(named), given === undefined ? ' ($OPENAGENTIC_SESSION)' : '')
  }
  const meant = candidates(choice)
  const only = meant[0]
  if (only === undefined) throw noneMeant(choice)
  if (meant.length === 1) return only
  throw new OverlayError(
    'SESSION_AMBIGUOUS',
    `Expected a session to be named: ${quoteName(choice.project)} has ${meant.length}: ${meant.join(', ')}`,
    {
      path: quoteName(choice.project),
      hint: 'Name one of them, or set OPENAGENTIC_SESSION.',
      details: { sessions: meant },
    },
  )
}

/** What can be meant where nothing is named. */
function candidates({ existing, isClosed, takesClosed = false }: SessionChoice): readonly SessionId[] {
  if (isClosed === undefined) return existing
  const open = existing.filter((id) => !isClosed(id))
  return open.length === 0 && takesClosed ? existing : open
}

function noneMeant(choice: SessionChoice): OverlayError {
  const { project, existing } = choice
  if (existing.length === 0) return noSession(choice, `Expected a session of ${quoteName(project)}, found none`)
  const message = `Expected an open session of ${quoteName(project)}, found closed ones alone: ${existing.join(', ')}`
  return new OverlayError('NO_SUCH_SESSION', message, {
    path: quoteName(project),
    hint: '`openagentic-overlay undo` opens a closed one again; `openagentic-overlay mount` makes a new session.',
    details: { sessions: existing },
  })
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
