import { goBack } from './apply/backward.js'
import { isOnlyOurs } from './apply/only-ours.js'
import type { Trees } from './apply/trees.js'
import {
  type JournalPlace,
  keepRescued,
  type OpenJournal,
  removeJournal,
  writeBack,
} from './journal/journal-directory.js'
import type { JournalPlan } from './journal/journal-plan.js'
import type { Mark } from './journal/mark.js'
import { removeStaging } from './remove-staging.js'
import type { SessionView } from './session-view.js'
import { returnUpper } from './take-upper.js'

/** How a commit that did not go through was taken back. */
export interface TakenBack {
  /** Errors on the way back. The journal stays, and the next command tries again. */
  readonly failures: readonly unknown[]
  /** Where what is not the commit's own is kept, below the session's record. */
  readonly kept: string | undefined
}

/**
 * Brings the project to the old tree and removes what was built; `marked` when the project may have been touched. What lies in the commit's
 * directory by then and is not its own is kept.
 */
export function takeCommitBack(
  { ops, dir }: SessionView,
  place: JournalPlace,
  journal: OpenJournal,
  trees: Trees,
  marked: { readonly plan: JournalPlan; readonly mark: Mark } | undefined,
): TakenBack {
  const failures: unknown[] = []
  try {
    if (marked === undefined) {
      removeStaging(ops, dir)
      return { failures, kept: undefined }
    }
    writeBack(place, journal)
    const remains = goBack(trees, marked.plan, marked.mark.stampNs)
    if (remains.failures.length > 0) return { failures: remains.failures, kept: `undo/${journal.id}` }
    if (place.sync) ops.syncFs(journal.slots)
    trees.slots.forget()
    if (marked.plan.kind === 'commit') returnUpper(ops, dir, journal.slots)
    const mustKeep = remains.left.length > 0 || !isOnlyOurs(trees, marked.plan)
    const kept = mustKeep && marked.plan.kind === 'commit' ? keepRescued(place, journal) : undefined
    if (kept === undefined && marked.plan.kind === 'commit') removeStaging(ops, dir)
    else removeJournal(ops, dir, journal.fd)
    return { failures, kept }
  } catch (error) {
    failures.push(error)
    return { failures, kept: `undo/${journal.id}` }
  }
}
