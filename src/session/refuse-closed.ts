import { OverlayError } from '../errors/overlay-error.js'
import type { Ports } from '../os/ports.js'
import { quoteName } from '../paths/quote-name.js'
import { isClosed } from './is-closed.js'
import type { Session } from './session.js'

/** A closed session has nothing to look at or to mount. @throws OverlayError `SESSION_CLOSED` */
export function refuseClosed(ports: Ports, session: Session): void {
  if (isClosed(ports, session)) throw sessionClosed(session)
}

/** `SESSION_CLOSED`: the session's last commit closed it. */
export function sessionClosed({ id, project }: Session): OverlayError {
  return new OverlayError('SESSION_CLOSED', `Expected session "${id}" to be open, found it closed by its last commit`, {
    path: quoteName(project),
    hint: `\`openagentic-overlay undo ${id}\` takes that commit back and opens it again, \`discard ${id}\` removes it, \`mount\` with another name makes a new session.`,
  })
}
