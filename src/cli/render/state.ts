import type { Session, SessionState } from '../../index.js'

/** `state`, and for a detached session `reason`. */
export function stateJson(state: SessionState): Record<string, unknown> {
  return state.state === 'detached' ? { state: state.state, reason: state.reason } : { state: state.state }
}

/** What people are told of a session that is not mounted. */
export function detachedNote(session: Session, state: SessionState & { readonly state: 'detached' }): string {
  return `note: the session is detached: ${state.message}; \`mount ${session.id}\` attaches it again`
}
