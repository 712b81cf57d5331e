import type { Change } from '../changeset/change.js'
import type { RelPath } from '../paths/byte-string.js'
import { parentOf } from '../paths/rel-path.js'
import { describeEntry } from './describe.js'
import type { Evidence } from './evidence.js'
import type { Verdict } from './judge.js'
import { isSameHandle } from './same-handle.js'
import type { AncestorCheck } from './stable-ancestors.js'

/** Entries of the project that the session took away from their place, so that a copied-up entry elsewhere may be one of them, moved. */
export interface MoveSources {
  readonly changes: readonly Change[]
  /** Link groups (WantedEntry.linkGroup) that hold a path the project has too. */
  readonly groupsWithBase: ReadonlySet<string>
}

export function findMoveSources(changes: readonly Change[]): MoveSources {
  const groupsWithBase = new Set<string>()
  for (const { base, wanted } of changes) {
    if (base !== undefined && wanted?.linkGroup !== undefined) groupsWithBase.add(wanted.linkGroup)
  }
  const taken = changes.filter((change) => change.base?.type === 'file' && change.kind !== 'metadata')
  return { changes: taken, groupsWithBase }
}

/**
 * The project holds nothing where the session has an entry: new, or did the person delete what the session
 * changed? An entry that was copied up and was not moved here in the session is the second.
 */
export function judgeCreation(
  evidence: Evidence, ancestors: AncestorCheck | undefined, sources: MoveSources, change: Change,
): Verdict {
  const { ledger } = evidence
  const known = ledger.base(change.path)
  if (known === 'absent') return { is: 'apply' }
  if (known === undefined) {
    if (change.origin === 'none' || change.kind === 'rename' || change.implied) return { is: 'apply' }
    if (isOldGap(evidence, ancestors, change.path)) {
      ledger.learn({ path: change.path, base: 'absent' })
      return { is: 'apply' }
    }
    if (wasMovedHere(evidence, sources, change)) return { is: 'apply' }
  }
  const { path } = change
  const expected = known === undefined ? 'what the session began with' : describeEntry(known)
  return { is: 'conflict', conflicts: [{ path, at: path, reason: 'vanished', expected, found: 'nothing' }] }
}

/** Nothing was made or removed in the directory since the session began, so the path was empty then too. */
function isOldGap(evidence: Evidence, ancestors: AncestorCheck | undefined, path: RelPath): boolean {
  const { epochNs, base } = evidence
  if (epochNs === undefined || ancestors === undefined || !ancestors(path)) return false
  const parent = base.stat(parentOf(path))
  return parent !== undefined && parent.type === 'dir' && parent.ctimeNs < epochNs
}

function wasMovedHere(evidence: Evidence, sources: MoveSources, change: Change): boolean {
  const { wanted, origin } = change
  if (wanted?.linkGroup !== undefined && sources.groupsWithBase.has(wanted.linkGroup)) return true
  if (wanted?.type !== 'file') return false
  return sources.changes.some(({ path, base }) => {
    if (typeof origin === 'string') return base?.size === wanted.size && base.mtimeNs === wanted.mtimeNs
    const handle = evidence.base.at(path, (dir, name) => evidence.ops.fileHandle(dir, name))
    return handle !== undefined && isSameHandle(origin, handle)
  })
}
