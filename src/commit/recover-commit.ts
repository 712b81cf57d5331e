import type { Conflict } from '../conflict/conflict.js'
import { OverlayError } from '../errors/overlay-error.js'
import { createDirCache } from '../os/dir-cache.js'
import { createPace } from '../os/pace.js'
import type { Ports } from '../os/ports.js'
import { isErrno, SystemError } from '../os/system-error.js'
import { quoteName } from '../paths/quote-name.js'
import { isWithin } from '../paths/rel-path.js'
import { lockCommits } from '../session/commit-lock.js'
import { isCutShort } from '../session/is-cut-short.js'
import type { Session } from '../session/session.js'
import { goForward } from './apply/forward.js'
import type { Trees } from './apply/trees.js'
import { explainFailure } from './explain-failure.js'
import {
  type JournalPlace,
  keepPlan,
  keepRescuedPlan,
  type OpenJournal,
  openExisting,
  putAway,
} from './journal/journal-directory.js'
import { type FoundJournal, readJournal } from './journal/read-journal.js'
import { journalPlace } from './journal-place.js'
import { moveRedirects } from './move-redirects.js'
import { removeStaging } from './remove-staging.js'
import { openSessionView, type SessionView } from './session-view.js'
import { settleDone } from './settle.js'
import { takeCommitBack } from './take-commit-back.js'
import { returnUpper } from './take-upper.js'
import type { Recovery } from './types.js'

export { isCutShort }

type Marked = Exclude<FoundJournal, { is: 'staging' }>

export interface RecoverOptions {
  /** `false` for throw-away trees. */
  readonly sync?: boolean
}

/**
 * Brings a commit that was cut short to its end: back if it had not come to its mark, forward if it had, back if it was being taken back.
 * @returns `undefined` when there was none
 * @throws OverlayError `JOURNAL_DAMAGED`, `JOURNAL_FOREIGN` (nothing was touched), `COMMIT_FAILED` (try again), `ALREADY_COMMITTING`
 */
export async function recoverCommit(
  ports: Ports,
  session: Session,
  options: RecoverOptions = {},
): Promise<Recovery | undefined> {
  if (!isCutShort(ports, session)) return undefined
  const lock = lockCommits(ports.ops, session.project)
  try {
    return await recoverLocked(ports, session, options)
  } finally {
    lock.release()
  }
}

/** {@link recoverCommit} for whoever holds the lock. */
export async function recoverLocked(
  ports: Ports,
  session: Session,
  { sync = true }: RecoverOptions = {},
): Promise<Recovery | undefined> {
  if (!isCutShort(ports, session)) return undefined
  const view = await openSessionView(ports, session)
  try {
    const { ops, dir } = view
    const place = journalPlace(view, sync)
    const found = readJournal(ops, dir, place.checksum)
    if (found === undefined) return undefined
    if (found.is === 'staging') {
      // Nothing but an empty journal: the commit had done all, or nothing yet.
      if (!removeStaging(ops, dir)) return undefined
      return { outcome: 'rolled-back', kind: 'commit', conflicts: [], kept: undefined, warnings: [] }
    }
    if (found.is === 'back') return rollBack(view, place, found)
    return await finish(view, place, found)
  } finally {
    view.close()
  }
}

/** Forward, or what is left to do after it. */
async function finish(view: SessionView, place: JournalPlace, found: Marked): Promise<Recovery> {
  const { ops, hasher, base } = view
  const { plan, mark } = found
  const journal = openExisting(ops, view.dir, mark.id)
  const trees: Trees = { ops, hasher, base, slots: createDirCache(ops, journal.slots) }
  try {
    let conflicts: readonly Conflict[] = []
    if (found.is === 'forward') {
      conflicts = await goForward({ trees, plan, resumed: true, pace: createPace(), onProgress: () => undefined })
      if (place.sync) ops.syncFs(journal.slots)
      keepPlan(place, journal)
    }
    const settled = [...plan.settled].filter(({ path }) => !conflicts.some((conflict) => isWithin(path, conflict.path)))
    const notNoted = settleDone(view, { ...plan, settled })
    if (plan.kind === 'undo' && notNoted.length > 0) throw undoNotNoted(view.session, notNoted)
    const warnings = [...notNoted, ...moveRedirects(view, plan.redirects)]
    if (plan.kind === 'undo') returnUpper(ops, view.dir, journal.slots)
    putAway(place, journal, plan.kind)
    return { outcome: 'finished', kind: plan.kind, conflicts, kept: undefined, warnings }
  } catch (error) {
    throw error instanceof SystemError
      ? explainFailure(error, { failures: [error], kept: `undo/${mark.id}` }, view.session)
      : error
  } finally {
    trees.slots.close()
    journal.close()
  }
}

/** A session that did not know of the undo would hide that its changes are pending again: nobody may look at it until then. */
function undoNotNoted({ project }: Session, reasons: readonly string[]): OverlayError {
  return new OverlayError('COMMIT_FAILED', `Expected to note in the session what was undone: ${reasons.join(' ')}`, {
    path: quoteName(project),
    hint: 'The project is as it was before the commit. Mend the cause (make room), then run `openagentic-overlay recover`.',
  })
}

function rollBack(view: SessionView, place: JournalPlace, { plan, mark }: Marked): Recovery {
  const { ops, hasher, base } = view
  const journal = openIfAny(view, mark.id)
  if (journal === undefined) {
    // All was put back, and what had to be kept is in its place.
    const kept = keepRescuedPlan(place, mark.id)
    removeStaging(ops, view.dir)
    return { outcome: 'rolled-back', kind: plan.kind, conflicts: [], kept, warnings: [] }
  }
  const trees: Trees = { ops, hasher, base, slots: createDirCache(ops, journal.slots) }
  try {
    const taken = takeCommitBack(view, place, journal, trees, { plan, mark })
    const [failure] = taken.failures
    if (failure !== undefined) throw explainFailure(failure, taken, view.session)
    return { outcome: 'rolled-back', kind: plan.kind, conflicts: [], kept: taken.kept, warnings: [] }
  } finally {
    trees.slots.close()
    journal.close()
  }
}

function openIfAny({ ops, dir }: SessionView, id: string): OpenJournal | undefined {
  try {
    return openExisting(ops, dir, id)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
