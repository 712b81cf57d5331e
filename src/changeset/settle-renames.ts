import type { RelPath } from '../paths/byte-string.js'
import { ancestorsOf } from '../paths/rel-path.js'
import type { Change, ChangeKind } from './change.js'

/**
 * A `rename` whose old entry stays in the project is a copy: it becomes `create`. (A hard link of a file whose data is
 * still the project's carries a redirect as a renamed file does.)
 */
export function settleRenames(changes: readonly Change[]): readonly Change[] {
  if (!changes.some(({ kind }) => kind === 'rename')) return changes
  const kinds = new Map<RelPath, ChangeKind>()
  for (const { path, kind, implied } of changes) if (!implied) kinds.set(path, kind)
  return changes.map((change) =>
    change.kind === 'rename' && !isGone(change, kinds) ? { ...change, kind: 'create' } : change,
  )
}

function isGone(change: Change, kinds: ReadonlyMap<RelPath, ChangeKind>): boolean {
  const from = change.from as RelPath
  const here = kinds.get(from)
  if (here === 'delete' || here === 'type') return true
  // A new directory at the old name: what the old one held is deleted entry by entry.
  if (here !== undefined && (change.wanted?.type === 'dir' || here === 'modify')) return true
  return ancestorsOf(from).some((above) => {
    const kind = kinds.get(above)
    return kind === 'delete' || kind === 'type'
  })
}
