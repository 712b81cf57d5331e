import type { Conflict, ConflictReason } from '../conflict/conflict.js'
import { describeEntry } from '../conflict/describe.js'
import { digestSubtree, SubtreeDigest } from '../conflict/subtree-digest.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import { joinRel } from '../paths/rel-path.js'
import { isStillJudged, isUntouchedSince } from './apply/displaced.js'
import type { Trees } from './apply/trees.js'
import { attributesIdentity, ownSteps, placedIdentity } from './invert-plan.js'
import type { Expected, Identity, JournalPlan, JournalStep } from './journal/journal-plan.js'
import type { SessionView } from './session-view.js'

/** What an undo finds at the paths that the commit wrote. */
export interface VerifiedUndo {
  /** Paths where the project is not as the commit left it. Nothing can be undone then. */
  readonly conflicts: readonly Conflict[]
  expected(path: RelPath, placed: Identity): Expected
}

/**
 * The hash check in the other direction: each path has to be as the commit left it, by inode, size and time, or by content. `stampNs` is the
 * ctime of the commit's mark.
 */
export function verifyUndo(view: SessionView, trees: Trees, plan: JournalPlan, stampNs: bigint): VerifiedUndo {
  const conflicts: Conflict[] = []
  const found = new Map<RelPath, Expected>()
  const steps = ownSteps(trees, plan)
  const check: DirectoryCheck = { stampNs, arrived: plan.closes ? new Set(steps.map(({ path }) => path)) : undefined }
  for (const step of steps) {
    const reason = verifyStep(view, trees, step, check, (expected) => found.set(step.path, expected))
    if (reason === undefined) continue
    const { path } = step
    const left = describeEntry(leftBy(step))
    conflicts.push({ path, at: path, reason, expected: left, found: describeEntry(trees.base.stat(path)) })
  }
  return { conflicts, expected: (path, placed) => found.get(path) ?? { stat: placed, subtree: undefined } }
}

interface DirectoryCheck {
  readonly stampNs: bigint
  /** All paths of the commit, when each entry below a new directory arrived by itself. */
  readonly arrived: ReadonlySet<RelPath> | undefined
}

function leftBy(step: JournalStep): Identity | undefined {
  if (step.does === 'remove') return undefined
  if (step.does === 'attributes') return attributesIdentity(step)
  return step.does === 'move' ? step.expected.stat : placedIdentity(step)
}

function verifyStep(
  view: SessionView,
  trees: Trees,
  step: JournalStep,
  check: DirectoryCheck,
  learn: (expected: Expected) => void,
): ConflictReason | undefined {
  const now = trees.base.stat(step.path)
  const left = leftBy(step)
  if (left === undefined) {
    const removed = step.does === 'remove' && trees.slots.stat(step.slot) !== undefined
    return now !== undefined && removed ? 'appeared' : undefined
  }
  if (now === undefined) return 'vanished'
  if (step.does === 'move') return now.ino === left.ino ? undefined : 'changed'
  if (now.type === 'dir' && left.type === 'dir') return verifyDirectory(trees, step, now, left, check, learn)
  if (!isStillJudged(left, now) && !isSameByContent(view, step, left, now)) return 'changed'
  learn({ stat: now, subtree: undefined })
  return undefined
}

function verifyDirectory(
  trees: Trees,
  step: JournalStep,
  now: EntryStat,
  left: Identity,
  { stampNs, arrived }: DirectoryCheck,
  learn: (expected: Expected) => void,
): ConflictReason | undefined {
  if (now.ino !== left.ino) return 'changed'
  if (step.does === 'attributes') {
    learn({ stat: now, subtree: undefined })
    return now.mode === left.mode && now.uid === left.uid && now.gid === left.gid ? undefined : 'changed'
  }
  const { ops, hasher, base } = trees
  if (arrived !== undefined) {
    // What is in it arrived by steps of its own, and is gone by the time that the directory goes.
    const entries = ops.scanDir(base.dir(step.path))
    if (entries.some(({ name }) => !arrived.has(joinRel(step.path, name)))) return 'unknown-entry'
    const empty = new SubtreeDigest(hasher)
    empty.add([])
    learn({ stat: now, subtree: empty.value })
    return undefined
  }
  // A directory of the commit's goes away with all that is in it.
  const isOurs = now.mtimeNs === left.mtimeNs && isUntouchedSince(trees, base, step.path, stampNs)
  if (!isOurs) return 'unknown-entry'
  learn({ stat: now, subtree: digestSubtree(ops, hasher, base, step.path) })
  base.forget()
  return undefined
}

/** Touched, or written anew with the same content: the session still has what was committed to compare it with. */
function isSameByContent(view: SessionView, step: JournalStep, left: Identity, now: EntryStat): boolean {
  if (step.does === 'attributes' || now.type !== 'file' || left.type !== 'file') return false
  if (now.size !== left.size || now.mode !== left.mode || now.uid !== left.uid || now.gid !== left.gid) return false
  const settled = view.ledger.ledger.settled(step.path)
  const upper = view.upper.stat(step.path)
  if (typeof settled !== 'object' || upper?.type !== 'file' || upper.nlink === 0) return false
  if (settled.ino !== upper.ino || settled.ctimeNs !== upper.ctimeNs || upper.size !== now.size) return false
  const { hasher } = view
  const hash = (tree: SessionView['base']): string =>
    tree.at(step.path, (dir, name) => hasher.hashFile(dir, name, now.size))
  return hash(view.base) === hash(view.upper)
}
