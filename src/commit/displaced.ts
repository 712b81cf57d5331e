import type { Conflict, ConflictReason } from '../conflict/conflict.js'
import { describeEntry } from '../conflict/describe.js'
import { digestSubtree } from '../conflict/subtree-digest.js'
import type { ContentHasher } from '../fingerprint/content-hash.js'
import type { DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { FileOps } from '../os/file-ops.js'
import type { RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import type { Expected } from './plan.js'

/** The project changed between the check and the move, and the move was taken back. */
export class LateConflict extends Error {
  override readonly name = 'LateConflict'
  readonly conflict: Conflict

  constructor(path: RelPath, reason: ConflictReason, expected: EntryStat | undefined, found: EntryStat | undefined) {
    super(`${quoteName(path)} changed during the commit`)
    this.conflict = { path, at: path, reason, expected: describeEntry(expected), found: describeEntry(found) }
  }
}

/** Whether the inode is the one that was judged, untouched. Its ctime does not count: the rename itself moves it. */
export function isStillJudged(expected: EntryStat, now: EntryStat): boolean {
  if (now.ino !== expected.ino || now.type !== expected.type || now.mode !== expected.mode) return false
  if (now.uid !== expected.uid || now.gid !== expected.gid) return false
  // A directory's own mtime tells of its entries, which have a digest of their own.
  return now.type === 'dir' || (now.size === expected.size && now.mtimeNs === expected.mtimeNs)
}

/**
 * Looks at an entry that was just moved out of the project to `at` in the stage.
 * @returns whether it is what was judged, with everything below it
 */
export function isDisplacedAsJudged(
  ops: FileOps,
  hasher: ContentHasher,
  stage: DirCache,
  at: RelPath,
  expected: Expected,
): boolean {
  const now = stage.stat(at)
  if (now === undefined || !isStillJudged(expected.stat, now)) return false
  if (now.type !== 'dir' || expected.subtree === undefined) return true
  const digest = digestSubtree(ops, hasher, stage, at)
  stage.forget()
  return digest === expected.subtree
}
