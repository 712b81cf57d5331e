import { OverlayError } from '../errors/overlay-error.js'
import type { Ports } from '../os/ports.js'
import { quoteName } from '../paths/quote-name.js'
import { findUnrecordedHolder } from './holder-identity.js'
import { sessionLayout } from './layout.js'
import { placeOf, type Session } from './session.js'
import { isHeld } from './session-lock.js'
import { type SessionState, sessionState } from './session-state.js'

/**
 * As {@link sessionState}, and also sees a mount that never got into the record. For whoever holds the state lock.
 * @throws OverlayError `SESSION_BUSY` when a process that cannot be found keeps the session locked
 */
export function currentState(ports: Ports, session: Session): SessionState {
  const state = sessionState(ports, session)
  const { lock, shadow } = sessionLayout(placeOf(session.dir, session.record))
  if (state.state === 'attached' && !state.keeperDied) return state
  if (state.state === 'detached' && state.reason === 'mount-gone') return state
  if (!isHeld(ports.ops, lock)) return state
  const found = findUnrecordedHolder(ports, session)
  if (found === undefined) throw lockedElsewhere(session)
  const backend = found.mountPoint === shadow ? 'kernel' : 'userns'
  return { state: 'attached', attachment: { backend, ...found }, keeperDied: false }
}

function lockedElsewhere(session: Session): OverlayError {
  const { lock } = sessionLayout(placeOf(session.dir, session.record))
  return new OverlayError(
    'SESSION_BUSY',
    `Expected session "${session.id}" to be unlocked: a process that cannot be seen from here keeps it mounted`,
    {
      path: quoteName(lock),
      hint: 'It runs in a container, or as another user: unmount it there.',
    },
  )
}
