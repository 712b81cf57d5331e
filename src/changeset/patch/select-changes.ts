import type { RelPath } from '../../paths/byte-string.js'
import { isWithin } from '../../paths/rel-path.js'
import type { Change } from '../change.js'

/** The changes at or below any of `paths`, and those of a directory above that hold one (a deleted directory); all without paths. */
export function selectChanges(changes: readonly Change[], paths: readonly RelPath[]): readonly Change[] {
  if (paths.length === 0) return changes
  return changes.filter((change) => paths.some((path) => touches(change, path)))
}

function touches(change: Change, path: RelPath): boolean {
  if (isWithin(change.path, path)) return true
  if (change.from !== undefined && isWithin(change.from, path)) return true
  return replacesWholeDirectory(change) && isWithin(path, change.path)
}

function replacesWholeDirectory(change: Change): boolean {
  return change.base?.type === 'dir' && change.wanted?.type !== 'dir'
}
