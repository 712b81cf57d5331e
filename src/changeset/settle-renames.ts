import type { RelPath } from '../paths/byte-string.js'
import { inherit } from '../paths/inherit.js'
import { parentOf } from '../paths/rel-path.js'
import type { Change } from './change.js'

/**
 * A `rename` whose old entry stays in the project is a copy: it becomes `create`. (A hard link of a file whose data is
 * still the project's carries a redirect as a renamed file does.)
 */
export function settleRenames(changes: readonly Change[]): readonly Change[] {
  if (!changes.some(({ kind }) => kind === 'rename')) return changes
  const byPath = new Map<RelPath, Change>()
  for (const change of changes) if (!change.implied) byPath.set(change.path, change)
  const isBelowGone = inherit(false, (dir, above) => above || removes(byPath.get(dir)))
  return changes.map((change) =>
    change.kind === 'rename' && !isGone(change, byPath, isBelowGone) ? { ...change, kind: 'create' } : change,
  )
}

function isGone(change: Change, byPath: ReadonlyMap<RelPath, Change>, isBelowGone: (dir: RelPath) => boolean): boolean {
  const from = change.from as RelPath
  const here = byPath.get(from)
  if (removes(here)) return true
  // Something new has the old name: another file, or a directory in which the old entries are deleted one by one.
  if (here !== undefined && (change.wanted?.type === 'dir' || here.aspects.has('content'))) return true
  return isBelowGone(parentOf(from))
}

function removes(change: Change | undefined): boolean {
  return change?.kind === 'delete' || change?.kind === 'type'
}
