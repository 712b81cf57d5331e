import { directoryIndexName } from '../fingerprint/directory-index.js'
import { nodeCrypto } from '../os/node-crypto.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bufferFromBytes, bytesFromText } from '../paths/bytes.js'
import { overlayDirName } from '../paths/overlay-dir.js'
import { joinAbs, nameOf, relPath } from '../paths/rel-path.js'
import type { SessionId } from '../paths/session-id.js'

/** Places that belong to a project as a whole. */
export interface ProjectLayout {
  readonly project: AbsPath
  /** `<project>/.openagentic` */
  readonly own: AbsPath
  readonly sessions: AbsPath
  readonly shadow: AbsPath
  /** Held while a commit runs. */
  readonly lock: AbsPath
}

/** Where a session's record and its layers are. Both are the session's directory, unless the layers had to move. */
export interface SessionPlace {
  /** The record: session.json, ledger, undo, log, lock. */
  readonly dir: AbsPath
  /** Holds `upper/` and `work/`. */
  readonly layers: AbsPath
  /** The path that people and tools use: a mount point, or a link into the holder's namespace. */
  readonly shadow: AbsPath
}

/** Every path of one session. Pure: nothing is looked at. */
export interface SessionLayout extends SessionPlace {
  readonly file: AbsPath
  readonly ledger: AbsPath
  /** The project's directories, as the holder noted them when the session began. */
  readonly directories: AbsPath
  readonly journal: AbsPath
  readonly undo: AbsPath
  readonly log: AbsPath
  /** Held with flock for as long as the session is mounted. */
  readonly lock: AbsPath
  readonly upper: AbsPath
  readonly work: AbsPath
}

export function projectLayout(project: AbsPath): ProjectLayout {
  const own = joinAbs(project, overlayDirName)
  return {
    project,
    own,
    sessions: joinAbs(own, 'sessions'),
    shadow: joinAbs(own, 'shadow'),
    lock: joinAbs(own, 'lock'),
  }
}

/** The place of a session whose record lies in its project; `layers` only if they had to move. */
export function placeInProject(project: AbsPath, id: SessionId, layers?: AbsPath): SessionPlace {
  const layout = projectLayout(project)
  const dir = joinAbs(layout.sessions, id)
  return { dir, layers: layers ?? dir, shadow: joinAbs(layout.shadow, id) }
}

/** The place of a session of a project that cannot be written: all below `<state root>/<project key>/<id>`. */
export function placeInState(stateRoot: AbsPath, project: AbsPath, id: SessionId): SessionPlace {
  const dir = stateDir(stateRoot, project, id)
  return { dir, layers: dir, shadow: joinAbs(dir, 'shadow') }
}

/** `<state root>/<project key>/<id>` */
export function stateDir(stateRoot: AbsPath, project: AbsPath, id: SessionId): AbsPath {
  return joinAbs(joinAbs(stateRoot, projectKey(project)), id)
}

export function sessionLayout(place: SessionPlace): SessionLayout {
  return {
    ...place,
    file: joinAbs(place.dir, 'session.json'),
    ledger: joinAbs(place.dir, 'ledger'),
    directories: joinAbs(place.dir, directoryIndexName),
    journal: joinAbs(place.dir, 'journal'),
    undo: joinAbs(place.dir, 'undo'),
    log: joinAbs(place.dir, 'log.jsonl'),
    lock: joinAbs(place.dir, 'lock'),
    upper: joinAbs(place.layers, 'upper'),
    work: joinAbs(place.layers, 'work'),
  }
}

/**
 * Name of a project's directory below a state root: the readable part of the project's own name, and the start
 * of the SHA-256 of its whole path, so that two projects of one name keep apart.
 */
export function projectKey(project: AbsPath): ByteString {
  const hash = nodeCrypto().createHash('sha256').update(bufferFromBytes(project)).digest('hex')
  return bytesFromText(`${readablePart(project)}-${hash.slice(0, 16)}`)
}

/** Whether `name` may be the {@link projectKey} of the project: told without its hash, which takes a while. */
export function resemblesKey(name: ByteString, project: AbsPath): boolean {
  return name.startsWith(`${readablePart(project)}-`)
}

function readablePart(project: AbsPath): string {
  const name = project === '/' ? 'root' : nameOf(relPath(project.slice(1)))
  const readable = name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, 40)
  return readable === '' ? 'project' : readable
}
