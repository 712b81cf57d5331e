import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import { ancestorsOf } from '../paths/rel-path.js'
import type { Trees } from './apply/trees.js'
import { beforeMoves } from './directory-moves.js'
import type {
  AttributesStep,
  Expected,
  Identity,
  JournalPlan,
  JournalStep,
  RedirectMove,
  SettledChange,
} from './journal/journal-plan.js'
import { type Attributes, atEntry } from './set-attributes.js'

/** The steps that take a commit back, each looked up in the project and in the slots as they are now. */
export interface Inverted {
  readonly steps: readonly JournalStep[]
  readonly settled: readonly SettledChange[]
  readonly redirects: readonly RedirectMove[]
}

/**
 * The plan of an undo: the steps of the commit the other way round, with the same slots. What the commit displaced goes to its place
 * again; what it put there is what has to be found there, as `expected` says.
 * @param expected of a path that the commit wrote: what the project holds there now, verified
 */
export function invertPlan(
  trees: Trees,
  plan: JournalPlan,
  expected: (path: RelPath, placed: Identity) => Expected,
): Inverted {
  const moves: JournalStep[] = []
  const directories: JournalStep[] = []
  const renamed = plan.steps.filter((step) => step.does === 'move')
  const own = ownSteps(trees, plan)
  for (const step of own) {
    const inverse = invertStep(trees, step, expected)
    if (inverse === undefined) continue
    if (inverse.does !== 'attributes' || inverse.after.type !== 'dir') moves.push(inverse)
    // They come last, when what was moved is back.
    else directories.push({ ...inverse, path: beforeMoves(inverse.path, renamed) })
  }
  const restored = restoredEntries(own)
  const isLeft = leftOut(plan, own)
  return {
    steps: [...moves.reverse(), ...directories],
    settled: [...plan.settled].flatMap((settled) =>
      isLeft(settled.path) ? [] : unsettle(restored(settled.path), settled),
    ),
    redirects: plan.redirects.map(({ path, before, after }) => ({ path, before: after, after: before })),
  }
}

/** Without what only finishes a directory that the commit made: it goes away with it. */
export function ownSteps(trees: Trees, { steps }: JournalPlan): JournalStep[] {
  const made = new Set(steps.flatMap((step) => (step.does === 'place' || step.does === 'exchange' ? [step.path] : [])))
  return steps.filter((step) => (step.does !== 'attributes' || !made.has(step.path)) && wasDone(trees, step))
}

/** A commit that was recovered may have left out what the person was at meanwhile: what was built for it is in its slot yet. */
function wasDone({ base, slots }: Trees, step: JournalStep): boolean {
  if (step.does === 'place' || step.does === 'exchange') return slots.stat(step.slot)?.ino !== step.staged.ino
  if (step.does === 'remove') return slots.stat(step.slot) !== undefined
  return step.does !== 'move' || base.stat(step.from)?.ino !== step.expected.stat.ino
}

/** Whether the commit did nothing at a path, though it meant to. */
function leftOut({ steps }: JournalPlan, own: readonly JournalStep[]): (path: RelPath) => boolean {
  const done = new Set(own)
  const left = new Set(steps.flatMap((step) => (step.does === 'attributes' || done.has(step) ? [] : [step.path])))
  return (path) => left.size > 0 && (left.has(path) || ancestorsOf(path).some((above) => left.has(above)))
}

function invertStep(
  trees: Trees,
  step: JournalStep,
  expected: (path: RelPath, placed: Identity) => Expected,
): JournalStep | undefined {
  const { path } = step
  switch (step.does) {
    case 'place':
      return { does: 'remove', path, slot: step.slot, expected: expected(path, placedIdentity(step)) }
    case 'exchange': {
      const displaced = trees.slots.stat(step.slot)
      if (displaced === undefined) return undefined
      const finish = finishOf(trees, step.slot, step.expected.stat, displaced)
      const now = expected(path, placedIdentity(step))
      return { does: 'exchange', path, slot: step.slot, staged: displaced, finish, strip: [], expected: now }
    }
    case 'remove': {
      const displaced = trees.slots.stat(step.slot)
      // Somebody else had removed it before the commit did.
      if (displaced === undefined) return undefined
      const finish = finishOf(trees, step.slot, step.expected.stat, displaced)
      return { does: 'place', path, slot: step.slot, staged: displaced, finish, strip: [] }
    }
    case 'move':
      return { does: 'move', from: path, path: step.from, expected: expected(path, step.expected.stat) }
    case 'attributes':
      return {
        ...step,
        expected: expected(path, attributesIdentity(step)).stat,
        before: step.after,
        after: step.before,
      }
  }
}

/** What the commit made of the path. */
export function placedIdentity({ staged, finish }: Extract<JournalStep, { does: 'place' | 'exchange' }>): Identity {
  return finish === undefined ? staged : { ...staged, mode: finish.mode, mtimeNs: finish.mtimeNs }
}

export function attributesIdentity({ expected, after }: AttributesStep): Identity {
  const { mode, uid, gid, mtimeNs } = after
  return { ...expected, mode, uid, gid, mtimeNs }
}

/** A directory that was made writable for its move is to be as it was before that. */
function finishOf(
  { ops, slots }: Trees,
  slot: RelPath,
  was: Identity,
  { type, uid, gid, atimeNs }: EntryStat,
): Attributes | undefined {
  if (type !== 'dir') return undefined
  let xattrs: Attributes['xattrs'] = new Map()
  atEntry(slots, slot, (dir, name) => {
    xattrs = ops.getXattrs(dir, name)
  })
  return { type, mode: was.mode, uid, gid, atimeNs, mtimeNs: was.mtimeNs, xattrs }
}

/** What the project has at a path of the commit when it is undone. */
function restoredEntries(steps: readonly JournalStep[]): (path: RelPath) => Identity | 'absent' {
  const renamed = steps.filter((step) => step.does === 'move')
  const back = new Map(renamed.map((step) => [step.from, step.expected.stat]))
  const byPath = new Map(steps.flatMap((step) => (step.does === 'move' ? [] : [[step.path, step]])))
  return (path) => {
    if (beforeMoves(path, renamed) !== path) return 'absent'
    const step = byPath.get(path)
    if (step === undefined || step.does === 'place') return back.get(path) ?? 'absent'
    return restoredIdentity(step)
  }
}

/** The session's entry is a change again, built upon what is there again. */
function unsettle(restored: Identity | 'absent', { path, upper, placed, contested }: SettledChange): SettledChange[] {
  // What was merged is built upon what the ledger has of before the merge.
  if (typeof upper === 'object' && upper.merged !== undefined) return [{ path, upper: 'none', placed: undefined }]
  if (placed === undefined) return []
  // The ledger goes on having what the commit put there, which nothing in the project matches any more: a conflict as before.
  if (contested) return [{ path, upper: 'none', placed: undefined }]
  return [{ path, upper: upper === undefined ? undefined : 'none', placed: restored }]
}

function restoredIdentity(step: Exclude<JournalStep, { does: 'place' | 'move' }>): Identity {
  if (step.does !== 'attributes') return step.expected.stat
  const { mode, uid, gid, mtimeNs } = step.before
  return { ...step.expected, mode, uid, gid, mtimeNs }
}
