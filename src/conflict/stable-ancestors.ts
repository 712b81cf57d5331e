import { isErrno } from '../os/system-error.js'
import { markName } from '../overlay-format/mark-names.js'
import { decodeOrigin } from '../overlay-format/origin.js'
import type { RelPath } from '../paths/byte-string.js'
import { inherit } from '../paths/inherit.js'
import { parentOf } from '../paths/rel-path.js'
import type { Evidence } from './evidence.js'
import { isSameHandle } from './same-handle.js'
import { type SeenDirectories, statDirectory } from './seen-directories.js'

/** Whether the directories above a path are the ones that the session began with. */
export type AncestorCheck = (path: RelPath) => boolean

/**
 * A directory renamed into place brings old files along whose own ctime never moved. Its rename moves its ctime and
 * that of the directory that holds it, so a directory is the old one when either is older than the epoch, when the
 * ledger knows its inode, when the upper directory was copied up from it, or when it was noted as the session began.
 * Answers are kept for the whole check.
 */
export function createAncestorCheck(evidence: Evidence, epochNs: bigint, directories: SeenDirectories): AncestorCheck {
  const { ledger } = evidence

  const isStable = (dir: RelPath): boolean => {
    const stat = statDirectory(evidence, directories, dir)
    if (stat === undefined || stat.type !== 'dir') return false
    if (stat.ctimeNs < epochNs) return true
    const parent = statDirectory(evidence, directories, parentOf(dir))
    if (parent !== undefined && parent.ctimeNs < epochNs) return true
    const seen = ledger.base(dir)
    if (seen !== undefined && seen !== 'absent' && seen.ino === stat.ino && seen.type === 'dir') return true
    return wasCopiedUpFrom(evidence, dir) || wasThere(evidence, epochNs, dir, stat.ino)
  }

  const areStable = inherit(true, (dir, above) => above && isStable(dir))
  return (path) => areStable(parentOf(path))
}

/**
 * It was noted while its ctime was still from before the epoch: it was in that place when the session began. Should its
 * inode number be used again, all that the new directory holds came into it later, and bears a ctime that says so.
 */
function wasThere(evidence: Evidence, epochNs: bigint, dir: RelPath, ino: bigint): boolean {
  const noted = evidence.directories()?.get(dir)
  return noted !== undefined && noted.ctimeNs < epochNs && noted.ino === ino
}

/** The upper directory's origin handle names the project's directory. */
function wasCopiedUpFrom(evidence: Evidence, dir: RelPath): boolean {
  const { ops, upper, base, family } = evidence
  try {
    const mark = upper.at(dir, (parent, name) => ops.getXattrs(parent, name)).get(markName(family, 'origin'))
    const origin = decodeOrigin(mark)
    if (typeof origin === 'string') return false
    const handle = base.at(dir, (parent, name) => ops.fileHandle(parent, name))
    return handle !== undefined && isSameHandle(origin, handle)
  } catch (error) {
    // Below a deleted or replaced directory the upper holds nothing to ask.
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return false
    throw error
  }
}
