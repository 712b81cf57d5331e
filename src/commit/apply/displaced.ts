import type { Conflict, ConflictReason } from '../../conflict/conflict.js'
import { describeEntry } from '../../conflict/describe.js'
import { digestSubtree, scanSubtree } from '../../conflict/subtree-digest.js'
import type { DirCache } from '../../os/dir-cache.js'
import type { EntryStat } from '../../os/entry-stat.js'
import type { RelPath } from '../../paths/byte-string.js'
import { quoteName } from '../../paths/quote-name.js'
import type { AttributesStep, Expected, Identity } from '../journal/journal-plan.js'
import type { Trees } from './trees.js'

/** The project changed between the check and the move, and the move was taken back. */
export class LateConflict extends Error {
  override readonly name = 'LateConflict'
  readonly conflict: Conflict

  constructor(path: RelPath, reason: ConflictReason, expected: Identity | undefined, found: Identity | undefined) {
    super(`${quoteName(path)} changed during the commit`)
    this.conflict = { path, at: path, reason, expected: describeEntry(expected), found: describeEntry(found) }
  }
}

/** Whether the inode is the one that was judged, untouched. Its ctime does not count: the rename itself moves it. */
export function isStillJudged(expected: Identity, now: Identity): boolean {
  if (now.ino !== expected.ino || now.type !== expected.type || !isMode(expected, now.mode)) return false
  if (now.uid !== expected.uid || now.gid !== expected.gid) return false
  // A directory's own mtime tells of its entries, which have a digest of their own.
  return now.type === 'dir' || (now.size === expected.size && now.mtimeNs === expected.mtimeNs)
}

/** Nobody but the commit has written to it: cut short between two of the calls that set attributes, or not begun, or done. */
export function isHalfSet({ expected, before, after }: AttributesStep, now: Identity): boolean {
  if (now.type === 'dir') return true
  return now.size === expected.size && [before.mtimeNs, after.mtimeNs].includes(now.mtimeNs)
}

/** A directory is made writable for its move. */
function isMode({ type, mode }: Identity, now: number): boolean {
  return now === mode || (type === 'dir' && now === (mode | openedBits))
}

/** What it takes to write the `..` of a directory that is moved. */
export const openedBits = 0o200

/**
 * Looks at an entry that was just moved out of the project to `slot`.
 * @returns whether it is what was judged, with everything below it
 */
export function isDisplacedAsJudged({ ops, hasher, slots }: Trees, slot: RelPath, expected: Expected): boolean {
  const now = slots.stat(slot)
  if (now === undefined || !isStillJudged(expected.stat, now)) return false
  if (now.type !== 'dir' || expected.subtree === undefined) return true
  const digest = digestSubtree(ops, hasher, slots, slot)
  slots.forget()
  return digest === expected.subtree
}

/** Whether nothing below a directory was touched since the commit's mark, which is younger than all that was built for it. */
export function isUntouchedSince({ ops }: Trees, tree: DirCache, path: RelPath, stampNs: bigint): boolean {
  for (const [, entries] of scanSubtree(ops, tree, path)) {
    if (entries.some(({ stat }) => touchedAt(stat) >= stampNs)) return false
  }
  tree.forget()
  return true
}

/** A name of the same inode that the commit itself moves elsewhere moves the ctime of an inode with several. */
function touchedAt({ nlink, type, ctimeNs, mtimeNs }: EntryStat): bigint {
  return type !== 'dir' && nlink > 1 ? mtimeNs : ctimeNs
}
