import { readProcessFacts } from '../mount/process-facts.js'
import type { FileOps } from '../os/file-ops.js'
import { withDir } from './open-dirs.js'
import type { Session } from './session.js'

/**
 * What a session cannot do that its user may expect, in sentences. So far: a user namespace of a plain user holds one
 * user and one group, and the kernel lets nobody change (EOVERFLOW) a file of any other there, membership in the
 * group or not. Only the project's own directory is looked at.
 */
export function sessionLimits(ops: FileOps, session: Session): string[] {
  if (session.record.backend !== 'userns') return []
  const { uid, gid } = readProcessFacts(ops)
  const project = withDir(ops, session.project, (dir) => ops.statFd(dir))
  if (project.uid === uid && project.gid === gid) return []
  return [
    `files of this project that belong to another user or group than ${uid}:${gid} (the project itself is ${project.uid}:${project.gid}) can be read in the session, but not changed`,
  ]
}
