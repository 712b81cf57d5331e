import { OverlayError } from '../errors/overlay-error.js'
import type { Ports } from '../os/ports.js'
import type { AbsPath } from '../paths/byte-string.js'
import type { SessionId } from '../paths/session-id.js'
import { loadSession, type SessionScope, sessionDirs } from './find-session.js'
import { checkProject } from './project.js'
import type { Session } from './session.js'
import { type SessionState, sessionState } from './session-state.js'

/** One session of a project; of one whose record cannot be read, what is wrong with it. */
export type ListedSession = { readonly id: SessionId; readonly dir: AbsPath } & (
  | { readonly session: Session; readonly state: SessionState; readonly problem: undefined }
  | { readonly session: undefined; readonly state: undefined; readonly problem: OverlayError }
)

/**
 * The project's sessions in the order of their ids. Changes nothing.
 * @throws OverlayError `PROJECT_INVALID`
 */
export function listSessions(ports: Ports, scope: SessionScope): ListedSession[] {
  const project = checkProject(ports, scope.project)
  return [...sessionDirs(ports.ops, { ...scope, project })].flatMap(([id, dir]) => look(ports, project, id, dir) ?? [])
}

function look(ports: Ports, project: AbsPath, id: SessionId, dir: AbsPath): ListedSession | undefined {
  try {
    const session = loadSession(ports.ops, project, dir)
    return { id, dir, session, state: sessionState(ports, session), problem: undefined }
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error
    // Discarded between two looks.
    if (error.code === 'NO_SUCH_SESSION') return undefined
    return { id, dir, session: undefined, state: undefined, problem: error }
  }
}
