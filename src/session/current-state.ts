import { setTimeout as sleep } from 'node:timers/promises'
import { OverlayError } from '../errors/overlay-error.js'
import type { Ports } from '../os/ports.js'
import { uptime } from '../os/uptime.js'
import { quoteName } from '../paths/quote-name.js'
import { findUnrecordedHolder } from './holder-identity.js'
import { sessionLayout } from './layout.js'
import { placeOf, type Session } from './session.js'
import { isHeld } from './session-lock.js'
import { type SessionState, sessionState } from './session-state.js'

/** Milliseconds that a process which was killed may take to let go of the lock, and between two looks. */
const patience = 2_000
const pause = 10

/**
 * As {@link sessionState}, and also sees a mount that never got into the record. For whoever holds the state lock.
 * @throws OverlayError `SESSION_BUSY` when a process that cannot be found keeps the session locked
 */
export async function currentState(ports: Ports, session: Session): Promise<SessionState> {
  const { lock } = sessionLayout(placeOf(session.dir, session.record))
  for (const until = uptime() + patience; ; await sleep(pause)) {
    const state = sessionState(ports, session)
    if (state.state === 'attached' && !state.keeperDied) return state
    if (state.state === 'detached' && state.reason === 'mount-gone') return state
    if (!isHeld(ports.ops, lock)) return state
    const found = unrecorded(ports, session)
    if (found !== undefined) return found
    if (uptime() > until) throw lockedElsewhere(session)
  }
}

function unrecorded(ports: Ports, session: Session): SessionState | undefined {
  const found = findUnrecordedHolder(ports, session)
  return found === undefined ? undefined : { state: 'attached', attachment: found, keeperDied: false }
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
