import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { parentOf } from '../paths/rel-path.js'
import type { Change } from './change.js'

/** The kernel stamps files with a clock that lags behind CLOCK_REALTIME by up to a tick: 10 ms at 100 Hz. */
const tickNs = 10_000_000n

/**
 * The changes that were made, or made anew, since `sinceNs` (CLOCK_REALTIME). Whiteouts share one inode, so a deleted
 * path counts when its directory in `upper` was written to since: there may be one too many, never one too few.
 */
export function changedSince(ops: FileOps, upper: Fd, changes: readonly Change[], sinceNs: bigint): Change[] {
  const since = sinceNs - tickNs
  const directories = new Map<RelPath, boolean>()
  return changes.filter((change) => {
    if (change.kind !== 'delete') return change.upper.ctimeNs >= since
    const parent = parentOf(change.path)
    const known = directories.get(parent) ?? wasWritten(ops, upper, parent, since)
    directories.set(parent, known)
    return known
  })
}

function wasWritten(ops: FileOps, upper: Fd, path: RelPath, since: bigint): boolean {
  try {
    const dir = ops.openDir(upper, path)
    try {
      return ops.statFd(dir).mtimeNs >= since
    } finally {
      ops.close(dir)
    }
  } catch (error) {
    // It follows from a directory above that was replaced as a whole.
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return true
    throw error
  }
}
