import type { Aspect, ChangeKind } from './change.js'

/** The kind of a change to an entry that the project has; `undefined`: nothing differs. */
export function kindOf(aspects: ReadonlySet<Aspect>): ChangeKind | undefined {
  if (aspects.size === 0) return undefined
  if (aspects.has('type')) return 'type'
  return aspects.has('content') || aspects.has('links') ? 'modify' : 'metadata'
}
