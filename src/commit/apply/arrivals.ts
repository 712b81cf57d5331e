import type { SeenEntry } from '../../os/file-ops.js'
import { lookAtEach } from '../../os/look-at-each.js'
import { isErrno, isPathGone } from '../../os/system-error.js'
import type { RelPath } from '../../paths/byte-string.js'
import type { ExchangeStep, JournalStep, PlaceStep } from '../journal/journal-plan.js'
import { isStillJudged, LateConflict } from './displaced.js'
import type { Trees } from './trees.js'

/** Moves between two looks at whether somebody wants the commit stopped. */
const mostAtOnce = 2048

/** The steps from `start` on that bring one file each, of nothing but a rename. */
export function plainArrivals(steps: readonly JournalStep[], start: number): (PlaceStep | ExchangeStep)[] {
  const arrivals: (PlaceStep | ExchangeStep)[] = []
  for (let at = start; at < steps.length && arrivals.length < mostAtOnce; at += 1) {
    const step = steps[at] as JournalStep
    if (!isPlain(step)) break
    arrivals.push(step)
  }
  return arrivals
}

function isPlain(step: JournalStep): step is PlaceStep | ExchangeStep {
  if (step.does !== 'place' && step.does !== 'exchange') return false
  if (step.staged.type === 'dir' || step.finish !== undefined || step.strip.length > 0) return false
  return step.does === 'place' || step.expected.stat.type !== 'dir'
}

/**
 * Moves all of them in, then looks at what they displaced.
 * @throws LateConflict, SystemError
 */
export function arriveAll(trees: Trees, arrivals: readonly (PlaceStep | ExchangeStep)[]): void {
  const { ops, base, slots } = trees
  const moves = arrivals.map(({ does, slot, path }) => {
    return { from: slot, to: path, mode: does === 'place' ? ('noreplace' as const) : does }
  })
  const { done, failure } = ops.renameAll(slots.root, base.root, moves)
  const exchanged = arrivals.slice(0, done).filter((step) => step.does === 'exchange')
  lookAtEach(ops, slots.root, exchanged, ({ slot }) => slot, mustBeJudged)
  if (failure !== undefined) throw arrivalConflict(trees, arrivals[done] as PlaceStep | ExchangeStep, failure)
}

function mustBeJudged({ path, expected }: ExchangeStep, displaced: SeenEntry | undefined): void {
  if (displaced !== undefined && isStillJudged(expected.stat, displaced.stat)) return
  throw new LateConflict(path, 'changed', expected.stat, displaced?.stat)
}

/** What it means for the step that its rename failed. */
export function arrivalConflict({ base }: Trees, step: PlaceStep | ExchangeStep, error: unknown): unknown {
  const { path } = step
  if (step.does === 'place' && isErrno(error, 'EEXIST')) {
    return new LateConflict(path, 'appeared', undefined, base.stat(path))
  }
  if (step.does === 'exchange' && isErrno(error, 'ENOENT')) {
    return new LateConflict(path, 'vanished', step.expected.stat, undefined)
  }
  return parentConflict(error, path)
}

/** The directory that holds the path went away or became something else. */
export function parentConflict(error: unknown, path: RelPath): unknown {
  return isPathGone(error) ? new LateConflict(path, 'parent', undefined, undefined) : error
}
