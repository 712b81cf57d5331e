import type { Change } from '../changeset/change.js'
import type { RelPath } from '../paths/byte-string.js'
import { parentOf } from '../paths/rel-path.js'
import { describeEntry } from './describe.js'
import type { Evidence } from './evidence.js'
import type { MoveSources } from './move-sources.js'
import { isUntouchedBySession } from './session-side.js'
import type { AncestorCheck } from './stable-ancestors.js'
import type { Verdict } from './verdict.js'

/**
 * The project holds nothing where the session has an entry: new, or did the person delete what the session
 * changed? An entry that was copied up and was not moved here in the session is the second.
 */
export function judgeCreation(
  evidence: Evidence,
  ancestors: AncestorCheck | undefined,
  sources: MoveSources,
  change: Change,
): Verdict {
  const { ledger } = evidence
  const known = ledger.base(change.path)
  if (known === 'absent') return { is: 'apply' }
  // It was only opened: the person's deletion stands.
  if (change.wanted?.type !== 'dir' && isUntouchedBySession(evidence, change)) return { is: 'drop' }
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

function wasMovedHere(evidence: Evidence, sources: MoveSources, { path, wanted, origin }: Change): boolean {
  if (wanted === undefined) return false
  if (wanted.linkGroup !== undefined && sources.groupsWithBase.has(wanted.linkGroup)) return true
  // The check of the place that it was taken from looks after the project's side.
  if (sources.isBelowNewDir(path)) return true
  return wanted.type !== 'dir' && sources.wasTaken(evidence, wanted, origin)
}
