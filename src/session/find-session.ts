import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { joinAbs, relPath } from '../paths/rel-path.js'
import { type SessionId, sessionId } from '../paths/session-id.js'
import { checkRecord } from './check-record.js'
import { layersOwnerName } from './layers-owner.js'
import { resemblesKey } from './layout.js'
import { unlessGone, unlessGoneOrTheirs, withDirIfAny, withDirIfOurs } from './open-dirs.js'
import { checkProject } from './project.js'
import { readRecord } from './record-file.js'
import { type Session, sessionOf } from './session.js'
import { homeInProject, homeInState, type SessionHome } from './session-home.js'

/** Where to look for a project's sessions. */
export interface SessionScope {
  readonly project: AbsPath
  /** `$XDG_STATE_HOME/openagentic/overlay`: sessions of projects that cannot be written lie there. Left out: there are none. */
  readonly stateRoot?: AbsPath | undefined
}

export interface SessionName extends SessionScope {
  readonly id: SessionId
}

/**
 * The session as its record has it. Changes nothing.
 * @throws OverlayError `NO_SUCH_SESSION`, `SESSION_CORRUPT`, `PROJECT_INVALID`
 */
export function findSession(ports: Ports, name: SessionName): Session {
  const project = checkProject(ports, name.project)
  const dir = sessionDirs(ports.ops, { ...name, project }).get(name.id)
  if (dir === undefined) throw noSuchSession(project, name.id)
  return loadSession(ports.ops, project, dir)
}

/** The session whose record lies in `dir`; errors as {@link findSession}. */
export function loadSession(ops: FileOps, project: AbsPath, dir: AbsPath): Session {
  try {
    return sessionOf(dir, checkRecord(ops, project, dir, readRecord(ops, dir)))
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    throw noSuchSession(project, dir.slice(dir.lastIndexOf('/') + 1), error)
  }
}

/** Directories of the project's sessions by id, in the order of the ids. `project` is a real path. */
export function sessionDirs(ops: FileOps, { project, stateRoot }: SessionScope): Map<SessionId, AbsPath> {
  const found = new Map<SessionId, AbsPath>()
  for (const home of [...homesInState(ops, stateRoot, project), homeInProject(project)]) {
    for (const id of idsIn(ops, home.dir)) found.set(id, joinAbs(home.dir, id))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function homesInState(ops: FileOps, stateRoot: AbsPath | undefined, project: AbsPath): SessionHome[] {
  if (stateRoot === undefined) return []
  return mayHoldHome(ops, stateRoot, project) ? [homeInState(stateRoot, project)] : []
}

function mayHoldHome(ops: FileOps, stateRoot: AbsPath, project: AbsPath): boolean {
  try {
    const found = withDirIfAny(ops, stateRoot, (root) =>
      ops.scanDir(root).some(({ name }) => resemblesKey(name, project)),
    )
    return found ?? false
  } catch (error) {
    // It can be entered perhaps, if not listed.
    if (isErrno(error, 'EACCES')) return true
    throw error
  }
}

function idsIn(ops: FileOps, home: AbsPath): SessionId[] {
  const ids = withDirIfOurs(ops, home, (dir) => {
    // A home that was removed while we looked holds none.
    const entries = unlessGone(() => ops.scanDir(dir)) ?? []
    return entries
      .filter(({ name, stat }) => stat.type === 'dir' && isRecord(ops, dir, name))
      .flatMap(({ name }) => idOf(name))
  })
  return ids ?? []
}

/**
 * A state directory also holds the layers of sessions whose record is in the project. One that is being discarded, or
 * is another user's, says nothing about the rest.
 */
function isRecord(ops: FileOps, home: Fd, name: ByteString): boolean {
  const dir = unlessGoneOrTheirs(() => ops.openDir(home, relPath(name)))
  if (dir === undefined) return false
  try {
    return ops.stat(dir, layersOwnerName) === undefined
  } finally {
    ops.close(dir)
  }
}

function idOf(name: string): SessionId[] {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name) ? [sessionId(name)] : []
}

function noSuchSession(project: AbsPath, id: string, cause?: unknown): OverlayError {
  return new OverlayError('NO_SUCH_SESSION', `Expected a session "${id}" of ${quoteName(project)}, found none`, {
    path: quoteName(project),
    hint: 'See `openagentic-overlay list`; `openagentic-overlay mount` makes a new session.',
    cause,
  })
}
