import type { AbsPath } from '../paths/byte-string.js'
import type { SessionId } from '../paths/session-id.js'
import { placeInProject, placeInState, type SessionPlace, sessionLayout } from './layout.js'
import { parentDir } from './open-dirs.js'
import type { SessionRecord } from './session-record.js'

/** A session that exists. What it says is what session.json said when it was opened. */
export interface Session {
  readonly id: SessionId
  readonly project: AbsPath
  /** Directory of the record: session.json, ledger, undo, log. */
  readonly dir: AbsPath
  readonly upper: AbsPath
  readonly work: AbsPath
  /** The merged directory, for people and tools. Leads nowhere while the session is detached. */
  readonly merged: AbsPath
  /** Directory that holds `upper/` and `work/`: `dir`, or elsewhere. */
  readonly layers: AbsPath
  /** Where the overlay is mounted: the path of `merged`, in the holder's mount namespace. */
  readonly mountPoint: AbsPath
  readonly record: SessionRecord
}

/** Where the record at `dir` and its layers lie. */
export function placeOf(dir: AbsPath, record: SessionRecord): SessionPlace {
  const { project, id, layers } = record
  const inProject = placeInProject(project, id, layers)
  if (inProject.dir === dir) return inProject
  const stateRoot = parentDir(parentDir(dir))
  return { ...placeInState(stateRoot, project, id), layers: layers ?? dir }
}

export function sessionOf(dir: AbsPath, record: SessionRecord): Session {
  const layout = sessionLayout(placeOf(dir, record))
  return {
    id: record.id,
    project: record.project,
    dir,
    upper: layout.upper,
    work: layout.work,
    merged: layout.shadow,
    layers: layout.layers,
    mountPoint: layout.shadow,
    record,
  }
}
