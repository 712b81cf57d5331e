import type { RelPath } from '../../paths/byte-string.js'
import { parentOf } from '../../paths/rel-path.js'
import type { JournalStep } from '../journal/journal-plan.js'

/** The directories that the steps move entries in. */
export function parentsOf(steps: readonly JournalStep[]): Set<RelPath> {
  const parents = new Set<RelPath>()
  for (const step of steps) {
    if (step.does === 'attributes') continue
    parents.add(parentOf(step.path))
    if (step.does === 'move') parents.add(parentOf(step.from))
  }
  return parents
}
