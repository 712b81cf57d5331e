import type { BackendName } from '../mount/backend.js'
import { readProcessFacts } from '../mount/process-facts.js'
import type { FileOps } from '../os/file-ops.js'
import type { AbsPath } from '../paths/byte-string.js'
import { withDir } from './open-dirs.js'

interface Ids {
  readonly uid: number
  readonly gid: number
}

/** Whom the project belongs to, and who we are. */
export interface Ownership {
  readonly own: Ids
  readonly project: Ids
}

/** Only the project's own directory is looked at. */
export function readOwnership(ops: FileOps, project: AbsPath): Ownership {
  return { own: readProcessFacts(ops), project: withDir(ops, project, (dir) => ops.statFd(dir)) }
}

/**
 * What a session cannot do that its user may expect, in sentences. So far: a user namespace of a plain user holds one
 * user and one group, and the kernel lets nobody change (EOVERFLOW) a file of any other there, membership in the
 * group or not.
 */
export function sessionLimits(backend: BackendName, { own, project }: Ownership): string[] {
  if (backend !== 'userns' || (project.uid === own.uid && project.gid === own.gid)) return []
  return [
    `files of this project that belong to another user or group than ${own.uid}:${own.gid} (the project itself is ${project.uid}:${project.gid}) can be read in the session, but not changed`,
  ]
}
