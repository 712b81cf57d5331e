import type { Change } from '../changeset/change.js'
import { identityOf, takeFingerprint } from '../fingerprint/fingerprint.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import { ancestorsOf } from '../paths/rel-path.js'
import { checkSubtree } from './check-subtree.js'
import type { Conflict, ConflictReason } from './conflict.js'
import { describeEntry } from './describe.js'
import type { Evidence } from './evidence.js'
import { judgeCreation } from './judge-creation.js'
import type { MoveSources } from './move-sources.js'
import { proveUnchanged } from './prove-unchanged.js'
import { isUntouchedBySession } from './session-side.js'
import { type AncestorCheck, createAncestorCheck } from './stable-ancestors.js'

/**
 * What the hash check says of one change.
 * - `apply`: the project is as the session found it.
 * - `drop`: the session itself changed nothing there; what differs is the project's own news.
 * - `conflict`: design rule 5.
 */
export type Verdict =
  | {
      readonly is: 'apply'
      /** Digest of what the project holds below a directory that the change removes. */
      readonly subtree?: string | undefined
    }
  | { readonly is: 'drop' }
  | { readonly is: 'conflict'; readonly conflicts: readonly Conflict[] }

const apply: Verdict = { is: 'apply' }
const drop: Verdict = { is: 'drop' }

/**
 * Makes the judge of one check. It learns: what is proven unchanged goes into the ledger, so that it can be proven by content
 * later. Rule 4 (the project already is what the session wants) needs no judging: such a path is no change.
 */
export function createJudge(evidence: Evidence, sources: MoveSources): (change: Change) => Verdict {
  const { epochNs } = evidence
  const ancestors = epochNs === undefined ? undefined : createAncestorCheck(evidence, epochNs)

  return (change) => {
    evidence.signal?.throwIfAborted()
    const { base } = change
    if (change.overMask) return conflict(change, 'hidden', 'a hidden path')
    if (base === undefined) return judgeCreation(evidence, ancestors, sources, change)
    const proof = proveUnchanged(evidence, ancestors, change.path, base, change)
    if (proof !== undefined && proof !== 'hash') learn(evidence, ancestors, change, base)
    if (base.type === 'dir') return judgeOverDirectory(evidence, ancestors, change, proof !== undefined)
    if (proof !== undefined) return apply
    if (isUntouchedBySession(evidence, change)) return drop
    return conflict(change, appearedOrChanged(evidence, change, base), expected(evidence, change.path))
  }
}

function judgeOverDirectory(
  evidence: Evidence,
  ancestors: AncestorCheck | undefined,
  change: Change,
  unchanged: boolean,
): Verdict {
  if (change.wanted?.type === 'dir') {
    if (unchanged) return apply
    // New times of a directory only tell that its entries changed; a person's own news there are worth more.
    if ([...change.aspects].every((aspect) => aspect === 'times')) return drop
    if (isUntouchedBySession(evidence, change)) return drop
    return conflict(change, 'changed', expected(evidence, change.path))
  }
  const { conflicts, digest } = checkSubtree(evidence, ancestors, change.path)
  return conflicts.length === 0 ? { is: 'apply', subtree: digest } : { is: 'conflict', conflicts }
}

function conflict(change: Change, reason: ConflictReason, expectedWords: string): Verdict {
  const { path } = change
  return {
    is: 'conflict',
    conflicts: [{ path, at: path, reason, expected: expectedWords, found: describeEntry(change.base) }],
  }
}

function expected(evidence: Evidence, path: RelPath): string {
  const known = evidence.ledger.base(path)
  return known === undefined ? 'what the session began with' : describeEntry(known)
}

/** Born after the session began where nothing is known to have been: it appeared. */
function appearedOrChanged(evidence: Evidence, change: Change, base: EntryStat): ConflictReason {
  const known = evidence.ledger.base(change.path)
  if (known !== undefined) return known === 'absent' ? 'appeared' : 'changed'
  const bornLater = evidence.epochNs !== undefined && base.btimeNs !== undefined && base.btimeNs >= evidence.epochNs
  return bornLater && change.origin === 'none' && change.kind !== 'delete' ? 'appeared' : 'changed'
}

/** Rule 3's ledger: taken only here, while rule 1 or 2 still proves the project's entry clean. */
function learn(evidence: Evidence, ancestors: AncestorCheck | undefined, change: Change, stat: EntryStat): void {
  const { ops, hasher, ledger, base, signal } = evidence
  const { path } = change
  const known = ledger.base(path)
  if (known === undefined || (known !== 'absent' && known.hash === undefined && stat.type === 'file')) {
    const taken = base.at(path, (dir, name) => takeFingerprint(ops, hasher, dir, name, stat, signal))
    if (taken !== undefined) ledger.learn({ path, base: taken })
  }
  if (ancestors === undefined || !ancestors(path)) return
  for (const dir of ancestorsOf(path)) {
    if (dir === '' || ledger.base(dir) !== undefined) continue
    const dirStat = base.stat(dir)
    if (dirStat !== undefined && isProvenDirectory(evidence, dirStat))
      ledger.learn({ path: dir, base: identityOf(dirStat) })
  }
}

/** Its mode and owner count as known only if nothing happened to it since the session began. */
function isProvenDirectory(evidence: Evidence, stat: EntryStat): boolean {
  return evidence.epochNs !== undefined && stat.ctimeNs < evidence.epochNs
}
