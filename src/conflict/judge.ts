import type { Change, UnchangedFile } from '../changeset/change.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import { parentOf } from '../paths/rel-path.js'
import { checkSubtree } from './check-subtree.js'
import type { ConflictReason } from './conflict.js'
import { describeEntry } from './describe.js'
import type { Evidence } from './evidence.js'
import { judgeCreation } from './judge-creation.js'
import { keepKnownBase } from './keep-base.js'
import { isKnownDirectory } from './known-directory.js'
import { createLearner } from './learn.js'
import type { MoveSources } from './move-sources.js'
import { createMountCheck, mountConflict } from './project-mounts.js'
import { proveUnchanged } from './prove-unchanged.js'
import type { SeenDirectories } from './seen-directories.js'
import { isUntouchedBySession } from './session-side.js'
import { type AncestorCheck, createAncestorCheck } from './stable-ancestors.js'
import type { Verdict } from './verdict.js'

export interface Judge {
  judge(change: Change): Verdict
  /** Learns of a file that the session has a copy of but has not changed, so that a later change of the person is known for one. */
  note(file: UnchangedFile): void
  /** Reads the files that were proven unchanged and are not known by their content yet. */
  learnContents(): Promise<void>
}

const apply: Verdict = { is: 'apply' }
const drop: Verdict = { is: 'drop' }

/**
 * Makes the judge of one check. It learns: what is proven unchanged goes into the ledger, so that it can be proven by content
 * later. Rule 4 (the project already is what the session wants) needs no judging: such a path is no change.
 */
export function createJudge(evidence: Evidence, sources: MoveSources, seen: SeenDirectories): Judge {
  const { epochNs } = evidence
  const ancestors = epochNs === undefined ? undefined : createAncestorCheck(evidence, epochNs, seen)
  const { learn, learnContents } = createLearner(evidence, ancestors, seen)
  const isMount = createMountCheck(evidence)

  const judge = (change: Change): Verdict => {
    evidence.signal?.throwIfAborted()
    const { base } = change
    if (change.overMask) return conflict(change, 'hidden', 'a hidden path')
    if (base === undefined) return judgeCreation(evidence, ancestors, sources, change)
    if (isMount(base)) return { is: 'conflict', conflicts: [mountConflict(change.path, change.path)] }
    const proof = proveUnchanged(evidence, ancestors, change.path, base, change)
    const keeps = change.wanted?.type === 'file'
    if (proof !== undefined && proof !== 'hash') learn(change.path, base, change.baseXattrs, keeps)
    if (proof !== undefined && keeps) keepKnownBase(evidence, change.path, base)
    if (base.type === 'dir') return judgeOverDirectory(evidence, ancestors, change, base, proof !== undefined)
    if (proof !== undefined) return apply
    // The same content and mode on both sides is rule 4; the person's own time stands.
    if (onlyTimes(change) || isNewBelowOpaque(evidence, change)) return drop
    // A directory of the session's that the project has no more holds what the session put into it.
    if (change.wanted?.type !== 'dir' && isUntouchedBySession(evidence, change)) return drop
    return conflict(change, appearedOrChanged(evidence, change, base), expected(evidence, change.path))
  }

  const note = ({ path, base, baseXattrs }: UnchangedFile): void => {
    if (evidence.ledger.base(path) !== undefined) return
    if (proveUnchanged(evidence, ancestors, path, base, undefined) === 'ctime') learn(path, base, baseXattrs, true)
  }

  return { judge, note, learnContents }
}

function judgeOverDirectory(
  evidence: Evidence,
  ancestors: AncestorCheck | undefined,
  change: Change,
  base: EntryStat,
  unchanged: boolean,
): Verdict {
  if (change.wanted?.type === 'dir') {
    if (unchanged) return apply
    // New times of a directory only tell that its entries changed; a person's own news there are worth more.
    if (onlyTimes(change) || isUntouchedBySession(evidence, change)) return drop
    return conflict(change, 'changed', expected(evidence, change.path))
  }
  if (isNewBelowOpaque(evidence, change)) return drop
  const { conflicts, digest } = checkSubtree(evidence, ancestors, change.path)
  if (conflicts.length > 0) return { is: 'conflict', conflicts }
  if (unchanged || isKnownDirectory(evidence, ancestors, change.path, base)) return { is: 'apply', subtree: digest }
  // An empty directory is somebody's too.
  return conflict(change, appearedOrChanged(evidence, change, base), expected(evidence, change.path))
}

/**
 * The session made a directory, which overlayfs marks opaque, and the person made one of the same name with something in it.
 * The mark hides that from the session, but nobody deleted it.
 */
function isNewBelowOpaque({ base, upper, epochNs, ledger }: Evidence, { kind, path }: Change): boolean {
  if (kind !== 'delete' || epochNs === undefined || ledger.base(path) !== undefined) return false
  const born = base.stat(parentOf(path))?.btimeNs
  return born !== undefined && born >= epochNs && upper.stat(path) === undefined
}

function onlyTimes({ aspects, base, wanted }: Change): boolean {
  return base !== undefined && wanted !== undefined && [...aspects].every((aspect) => aspect === 'times')
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
