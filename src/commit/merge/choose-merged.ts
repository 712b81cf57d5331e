import type { Ports } from '../../os/ports.js'
import { type ChosenChanges, chooseChanges } from '../choose-changes.js'
import type { FullReview } from '../review-session.js'
import type { SessionView } from '../session-view.js'
import type { CommitOptions } from '../types.js'
import { mergeConflicts } from './merge-conflicts.js'

const usualPath = '/usr/local/bin:/usr/bin:/bin'

/**
 * The choice under the policy `merge`: conflicts that merge are no conflicts any more. Errors as `chooseChanges` and {@link mergeConflicts}.
 */
export async function chooseMerged(
  { runner, machine }: Ports,
  view: SessionView,
  { judged, changeSet, moves }: Pick<FullReview, 'judged' | 'changeSet' | 'moves'>,
  options: CommitOptions,
): Promise<ChosenChanges> {
  const { paths = [], signal, git, dryRun = false } = options
  const choose = (from: typeof judged): ChosenChanges => chooseChanges(from, changeSet.redirects, paths, 'merge', moves)
  const { conflicting } = choose(judged)
  const searchPath = git?.path ?? usualPath
  const { merged, unmerged } = await mergeConflicts(view, conflicting, { runner, machine, searchPath, signal, dryRun })
  const chosen = choose(judged.map((each) => merged.get(each.change) ?? each))
  const merges = chosen.apply.filter((each) => each.merged !== undefined)
  const present = merges.filter(({ change }) => change.aspects.size === 0)
  return {
    ...chosen,
    apply: chosen.apply.filter((each) => !present.includes(each)),
    givenUp: present.map(({ change }) => change),
    conflicting,
    merges: { applied: merges.filter((each) => !present.includes(each)), present, unmerged },
  }
}
