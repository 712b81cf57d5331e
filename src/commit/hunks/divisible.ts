import type { Change } from '../../changeset/change.js'
import type { RelPath } from '../../paths/byte-string.js'
import { isWithin } from '../../paths/rel-path.js'

/**
 * Whether a part of a change can be applied: a file that both sides have, alone. Names of one inode must stay one, what lies
 * below a renamed directory goes along with it, and all else is there or is not. `redirects` are the upper's redirected entries.
 */
export function isDivisible(change: Change, redirects: readonly RelPath[]): boolean {
  const { kind, base, wanted, path, from, aspects } = change
  if (kind !== 'modify' && kind !== 'metadata') return false
  if (base?.type !== 'file' || wanted?.type !== 'file' || wanted.content === undefined) return false
  if (from !== undefined || wanted.linkGroup !== undefined || aspects.has('links')) return false
  return !redirects.some((top) => isWithin(path, top))
}
