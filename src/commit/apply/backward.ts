import type { EntryStat } from '../../os/entry-stat.js'
import { isErrno, isPathGone } from '../../os/system-error.js'
import type { RelPath } from '../../paths/byte-string.js'
import { parentOf } from '../../paths/rel-path.js'
import type {
  AttributesStep,
  ExchangeStep,
  JournalPlan,
  JournalStep,
  MoveStep,
  PlaceStep,
  RemoveStep,
} from '../journal/journal-plan.js'
import { atEntry, setAttributes } from '../set-attributes.js'
import { openAgain, restoreDirectories } from './directories.js'
import { isHalfSet, isStillJudged, isUntouchedSince, LateConflict, openedBits } from './displaced.js'
import { restoreSlotTimes } from './slot-times.js'
import { moveIn, moveOut, moveWithin, type Trees } from './trees.js'

/** What could not be put back. */
export interface Remains {
  readonly failures: unknown[]
  /** Paths that somebody has written to since the commit did: they stay as they are. */
  readonly left: RelPath[]
}

/**
 * Brings the project to the old tree: each step is taken back, in reverse order, past those that fail. Steps that were not done need no
 * telling: what their slot holds says so. Doing it again does what is left to do.
 * @param stampNs ctime of the commit's mark, see `Mark`
 */
export function goBack(trees: Trees, plan: JournalPlan, stampNs: bigint): Remains {
  const failures: unknown[] = []
  const left: RelPath[] = []
  const attempt = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      failures.push(error)
    }
  }
  const parents = new Map(plan.directories.map(({ path, ino }) => [path, ino]))
  trees.base.forget()
  const back = (steps: readonly JournalStep[]): void => {
    for (const step of steps.toReversed()) {
      attempt(() => {
        if (!takeBack(trees, step, stampNs, parents)) left.push(step.path)
      })
    }
  }
  // They were the last, when every entry was in its place and its directory closed again.
  back(plan.steps.filter(isOfDirectory))
  openAgain(trees, plan.directories)
  back(plan.steps.filter((step) => !isOfDirectory(step)))
  attempt(() => restoreDirectories(trees, plan.directories))
  if (plan.kind === 'commit') attempt(() => restoreSlotTimes(trees, plan.slotTimes))
  return { failures, left }
}

/** What a directory itself is to be: done when nothing is moved any more. */
export function isOfDirectory(step: JournalStep): boolean {
  return step.does === 'attributes' && step.after.type === 'dir'
}

/**
 * Takes back one step, if it was done.
 * @param stampNs `undefined`: what is below a new directory is not looked at
 * @param parents inodes of the directories that entries are moved in
 * @returns `false` when somebody wrote there since: what they have is left to them
 * @throws SystemError; LateConflict when something else has the place of the entry's directory
 */
export function takeBack(
  trees: Trees,
  step: JournalStep,
  stampNs: bigint | undefined,
  parents: ReadonlyMap<RelPath, bigint>,
): boolean {
  switch (step.does) {
    case 'place':
      return takeOut(trees, step, stampNs, parents)
    case 'exchange':
      return exchangeBack(trees, step, stampNs)
    case 'remove':
      return putBack(trees, step)
    case 'move':
      return moveBack(trees, step)
    case 'attributes':
      restoreAttributes(trees, step)
      return true
  }
}

function takeOut(
  trees: Trees,
  step: PlaceStep,
  stampNs: bigint | undefined,
  parents: ReadonlyMap<RelPath, bigint>,
): boolean {
  const { path, slot } = step
  if (trees.slots.stat(slot) !== undefined) return true
  if (!isOurs(trees, step)) {
    if (trees.base.stat(path) !== undefined) return false
    mustHaveParent(trees, parentOf(path), parents)
    return true
  }
  openForMove(trees, step)
  moveOut(trees, path, slot)
  if (isAsStaged(trees, step, stampNs)) return true
  moveIn(trees, slot, path, 'noreplace')
  return false
}

/** Removed from its directory, an entry is nobody's care; where something else has the directory's place, it may be anywhere. */
function mustHaveParent({ base }: Trees, parent: RelPath, parents: ReadonlyMap<RelPath, bigint>): void {
  const now = base.stat(parent)
  const ino = parents.get(parent)
  if (now !== undefined && ino !== undefined && now.ino !== ino)
    throw new LateConflict(parent, 'parent', undefined, now)
}

function exchangeBack(trees: Trees, step: ExchangeStep, stampNs: bigint | undefined): boolean {
  const { path, slot, staged, expected } = step
  const displaced = trees.slots.stat(slot)
  if (displaced === undefined) return false
  if (displaced.ino === staged.ino) {
    closeAgain(trees, step)
    return true
  }
  const now = trees.base.stat(path)
  // Removed by somebody since: the old entry is what there was before.
  if (now === undefined) {
    if (!moveInIfFree(trees, slot, path)) return false
  } else {
    if (!isOurs(trees, step)) return false
    openForMove(trees, step)
    moveIn(trees, slot, path, 'exchange')
    if (!isAsStaged(trees, step, stampNs)) {
      moveIn(trees, slot, path, 'exchange')
      return false
    }
  }
  if (expected.stat.type === 'dir') trees.base.forget()
  closeAgain(trees, step)
  return true
}

function putBack(trees: Trees, step: RemoveStep): boolean {
  const { path, slot, expected } = step
  if (trees.slots.stat(slot) !== undefined) {
    if (!moveInIfFree(trees, slot, path)) return false
    if (expected.stat.type === 'dir') trees.base.forget()
  }
  closeAgain(trees, step)
  return true
}

/** `false` where somebody made another entry, or removed the directory that held the path: then the slot keeps what it has. */
function moveInIfFree(trees: Trees, slot: RelPath, path: RelPath): boolean {
  try {
    moveIn(trees, slot, path, 'noreplace')
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST') || isPathGone(error)) return false
    throw error
  }
}

function moveBack(trees: Trees, { from, path, expected }: MoveStep): boolean {
  const { base } = trees
  if (base.stat(path)?.ino === expected.stat.ino) {
    moveWithin(trees, path, from)
    base.forget()
  }
  closeAgain(trees, { path: from, expected })
  return true
}

/** An entry that somebody replaced or wrote to since has nothing of ours. */
function restoreAttributes({ ops, base }: Trees, step: AttributesStep): void {
  const { path, expected, before, xattrs } = step
  const now = base.stat(path)
  if (now === undefined || now.ino !== expected.ino || now.type !== expected.type) return
  if ((isSet(now, before) && !xattrs) || !isHalfSet(step, now)) return
  atEntry(base, path, (dir, name) => setAttributes(ops, dir, name, before, now, xattrs ? undefined : before.xattrs))
}

function isSet(now: EntryStat, { mode, uid, gid, mtimeNs }: AttributesStep['before']): boolean {
  return now.mode === mode && now.uid === uid && now.gid === gid && now.mtimeNs === mtimeNs
}

/** What lies in the project is what the step put there. */
function isOurs({ base }: Trees, { path, staged }: PlaceStep | ExchangeStep): boolean {
  return base.stat(path)?.ino === staged.ino
}

/** Looks at what was just moved out again: nobody has written to it meanwhile. */
function isAsStaged(trees: Trees, { slot, staged }: PlaceStep | ExchangeStep, stampNs: bigint | undefined): boolean {
  const now = trees.slots.stat(slot)
  if (now === undefined || now.ino !== staged.ino) return false
  if (now.type !== 'dir') return isStillJudged(staged, now)
  trees.base.forget()
  return stampNs === undefined || isUntouchedSince(trees, trees.slots, slot, stampNs)
}

/** A directory whose owner may not write it cannot be moved by a plain user. */
function openForMove({ ops, base }: Trees, { path, staged, finish }: PlaceStep | ExchangeStep): void {
  if (staged.type !== 'dir' || finish === undefined || (finish.mode & openedBits) !== 0) return
  base.at(path, (dir, name) => ops.setMode(dir, name, finish.mode | openedBits))
}

/** A directory that was made writable for its move is closed again. */
function closeAgain({ ops, base }: Trees, { path, expected }: Pick<RemoveStep, 'path' | 'expected'>): void {
  const { type, mode, ino } = expected.stat
  if (type !== 'dir' || (mode & openedBits) !== 0) return
  const now = base.stat(path)
  if (now?.ino === ino && now.mode !== mode) base.at(path, (dir, name) => ops.setMode(dir, name, mode))
}
