import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { projectLayout } from './layout.js'
import { baseName, withDir } from './open-dirs.js'
import { type HeldLock, heldLock } from './session-lock.js'

/**
 * Takes the lock that lets one commit at a time work on a project, without waiting. `fd` is of no use to the caller.
 * @throws OverlayError `ALREADY_COMMITTING`
 */
export function lockCommits(ops: FileOps, project: AbsPath): HeldLock {
  const fd = openCommitLock(ops, project)
  if (ops.flock(fd, 'exclusive')) return heldLock(ops, fd)
  ops.close(fd)
  throw new OverlayError('ALREADY_COMMITTING', `Expected no other commit to ${quoteName(project)}, found one at work`, {
    path: quoteName(project),
    hint: 'Wait until it has ended, then commit again.',
  })
}

/** A project of which no session lies in it has no lock file: its own directory can be locked as well. */
function openCommitLock(ops: FileOps, project: AbsPath): Fd {
  const { own, lock } = projectLayout(project)
  try {
    return withDir(ops, own, (dir) => ops.openFile(dir, baseName(lock)))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return ops.openRoot(project)
    throw error
  }
}
