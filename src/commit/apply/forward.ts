import type { Conflict } from '../../conflict/conflict.js'
import type { EntryStat } from '../../os/entry-stat.js'
import { lookAtEach } from '../../os/look-at-each.js'
import type { Pace } from '../../os/pace.js'
import { isErrno } from '../../os/system-error.js'
import type { RelPath } from '../../paths/byte-string.js'
import { inherit } from '../../paths/inherit.js'
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
import { arrivalConflict, arriveAll, parentConflict, plainArrivals } from './arrivals.js'
import { isOfDirectory, takeBack } from './backward.js'
import { closeDirectories, openDirectories } from './directories.js'
import { isDisplacedAsJudged, isHalfSet, isStillJudged, LateConflict, openedBits } from './displaced.js'
import { restoreSlotTimes } from './slot-times.js'
import { moveIn, moveOut, moveWithin, type Trees } from './trees.js'

export interface Forward {
  readonly trees: Trees
  readonly plan: JournalPlan
  /** The commit was cut short: steps may have been done already, and a conflict is no reason to turn round any more. */
  readonly resumed: boolean
  readonly pace: Pace
  readonly onProgress: (done: number) => void
}

/**
 * Brings the project to the new tree. Every entry is moved by one rename relative to a parent that was opened beneath the project;
 * what a rename displaced is looked at. Doing it again does what is left to do.
 * @returns conflicts that were found in a resumed commit: these paths are as the person left them
 * @throws LateConflict unless resumed; SystemError of the call that failed. The caller goes back.
 */
export async function goForward(forward: Forward): Promise<Conflict[]> {
  const { trees, plan, resumed, pace, onProgress } = forward
  const conflicts: Conflict[] = []
  const parents = new Map(plan.directories.map(({ path, ino }) => [path, ino]))
  const attempt = (step: JournalStep): void => {
    try {
      doStep(trees, step, resumed)
    } catch (error) {
      if (!resumed || !(error instanceof LateConflict)) throw error
      if (step.does !== 'attributes') takeBack(trees, step, undefined, parents)
      conflicts.push(error.conflict)
    }
  }
  // Directories that were opened for the review may have been moved since.
  trees.base.forget()
  openDirectories(trees, plan.directories)
  const moves = plan.steps.filter((step) => !isOfDirectory(step))
  for (let index = 0; index < moves.length; ) {
    const arrivals = resumed ? [] : plainArrivals(moves, index)
    if (arrivals.length > 0) arriveAll(trees, arrivals)
    else attempt(moves[index] as JournalStep)
    index += Math.max(arrivals.length, 1)
    const due = pace.due()
    if (due === undefined) continue
    onProgress(index)
    await due
  }
  if (!resumed) refuseMovedParents(forward)
  closeDirectories(trees, plan.directories)
  for (const step of plan.steps) if (isOfDirectory(step)) attempt(step)
  if (plan.kind === 'undo') restoreSlotTimes(trees, plan.slotTimes)
  return conflicts
}

/** A directory that was moved away while entries were put into it took them along: nothing of it may stay. */
function refuseMovedParents({ trees, plan }: Forward): void {
  trees.base.forget()
  const gone = displacedPaths(plan)
  const isGone = inherit(false, (dir, above) => above || gone.has(dir))
  const { ops, base } = trees
  lookAtEach(
    ops,
    base.root,
    plan.directories,
    ({ path }) => path,
    ({ path, ino }, now) => {
      if (now?.stat.ino !== ino && !isGone(path)) throw new LateConflict(path, 'parent', undefined, now?.stat)
    },
  )
}

/** Paths that the steps themselves took something away from. */
function displacedPaths({ steps }: JournalPlan): Set<RelPath> {
  return new Set(
    steps.flatMap((step) => {
      if (step.does === 'move') return [step.from]
      return step.does === 'remove' || step.does === 'exchange' ? [step.path] : []
    }),
  )
}

function doStep(trees: Trees, step: JournalStep, resumed: boolean): void {
  if (step.does === 'place') place(trees, step, resumed)
  else if (step.does === 'exchange') exchange(trees, step, resumed)
  else if (step.does === 'remove') remove(trees, step, resumed)
  else if (step.does === 'move') moveDirectory(trees, step, resumed)
  else changeAttributes(trees, step, resumed)
}

function place(trees: Trees, step: PlaceStep, resumed: boolean): void {
  const { path, slot } = step
  if (!resumed || isStaged(trees, step)) {
    stripMarks(trees, step, resumed)
    try {
      moveIn(trees, slot, path, 'noreplace')
    } catch (error) {
      throw arrivalConflict(trees, step, error)
    }
  }
  finish(trees, step)
}

function exchange(trees: Trees, step: ExchangeStep, resumed: boolean): void {
  const { path, slot, expected } = step
  if (!resumed || isStaged(trees, step)) {
    openUp(trees, step)
    stripMarks(trees, step, resumed)
    try {
      moveIn(trees, slot, path, 'exchange')
    } catch (error) {
      throw arrivalConflict(trees, step, error)
    }
  }
  if (!isDisplacedAsJudged(trees, slot, expected)) {
    throw new LateConflict(path, 'changed', expected.stat, trees.slots.stat(slot))
  }
  if (expected.stat.type === 'dir') trees.base.forget()
  finish(trees, step)
}

function remove(trees: Trees, step: RemoveStep, resumed: boolean): void {
  const { path, slot, expected } = step
  if (!resumed || trees.slots.stat(slot) === undefined) {
    openUp(trees, step)
    try {
      moveOut(trees, path, slot)
    } catch (error) {
      // Somebody else removed it: that is what the session wants.
      if (isErrno(error, 'ENOENT')) return
      throw parentConflict(error, path)
    }
    if (expected.stat.type === 'dir') trees.base.forget()
  }
  if (!isDisplacedAsJudged(trees, slot, expected)) {
    throw new LateConflict(path, 'changed', expected.stat, trees.slots.stat(slot))
  }
}

function moveDirectory(trees: Trees, { from, path, expected }: MoveStep, resumed: boolean): void {
  const { base } = trees
  const isThere = (at: RelPath): boolean => base.stat(at)?.ino === expected.stat.ino
  if (resumed && isThere(path)) return
  if (!isThere(from)) throw new LateConflict(from, 'changed', expected.stat, base.stat(from))
  openUp(trees, { path: from, expected })
  try {
    moveWithin(trees, from, path)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw new LateConflict(path, 'appeared', undefined, base.stat(path))
    throw parentConflict(error, path)
  }
  base.forget()
  if (!isThere(path)) throw new LateConflict(path, 'changed', expected.stat, base.stat(path))
}

/** overlayfs' own marks never reach the project. */
function stripMarks({ ops, slots }: Trees, { slot, strip }: PlaceStep | ExchangeStep, resumed: boolean): void {
  if (strip.length === 0) return
  slots.at(slot, (dir, name) => {
    const left = resumed ? ops.getXattrs(dir, name) : undefined
    for (const key of strip) if (left === undefined || left.has(key)) ops.removeXattr(dir, name, key)
  })
}

function isStaged({ slots }: Trees, { slot, staged }: PlaceStep | ExchangeStep): boolean {
  return slots.stat(slot)?.ino === staged.ino
}

/** Moving a directory away writes its `..`, which a plain user may only where the directory is writable. */
function openUp({ ops, base }: Trees, { path, expected }: Pick<RemoveStep, 'path' | 'expected'>): void {
  const { type, mode, ino } = expected.stat
  if (type !== 'dir' || (mode & openedBits) !== 0 || base.stat(path)?.ino !== ino) return
  base.at(path, (dir, name) => ops.setMode(dir, name, mode | openedBits))
}

/** A directory was staged writable, and its move may have touched its times. */
function finish({ ops, base }: Trees, { path, staged, finish: wanted }: PlaceStep | ExchangeStep): void {
  if (wanted === undefined) return
  const now = base.stat(path)
  if (now?.ino === staged.ino) base.at(path, (dir, name) => setAttributes(ops, dir, name, wanted, now))
}

function changeAttributes({ ops, base }: Trees, step: AttributesStep, resumed: boolean): void {
  const { path, expected, before, after } = step
  const now = base.stat(path)
  if (now === undefined) throw new LateConflict(path, 'vanished', expected, undefined)
  const sameInode = now.ino === expected.ino && now.type === expected.type
  const untouched = now.type === 'dir' || isStillJudged(expected, now) || (resumed && isHalfSet(step, now))
  // Done before the crash, and worked on since.
  if (resumed && sameInode && !untouched && !step.xattrs && hasOwnerAndMode(now, after)) return
  if (!sameInode || !untouched) throw new LateConflict(path, 'changed', expected, now)
  // What the session left alone is not looked at: a person's stay as they are.
  const has = step.xattrs ? (resumed ? undefined : before.xattrs) : after.xattrs
  atEntry(base, path, (dir, name) => setAttributes(ops, dir, name, after, now, has))
}

function hasOwnerAndMode(now: EntryStat, { mode, uid, gid }: AttributesStep['after']): boolean {
  return now.mode === mode && now.uid === uid && now.gid === gid
}
