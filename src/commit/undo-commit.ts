import { OverlayError } from '../errors/overlay-error.js'
import { createDirCache } from '../os/dir-cache.js'
import { createPace } from '../os/pace.js'
import type { Ports } from '../os/ports.js'
import { SystemError } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { lockCommits } from '../session/commit-lock.js'
import { isClosed } from '../session/is-closed.js'
import type { Session } from '../session/session.js'
import { goForward } from './apply/forward.js'
import { parentsOf } from './apply/parents-of.js'
import type { Trees } from './apply/trees.js'
import { beginWith } from './begin-journal.js'
import { explainFailure } from './explain-failure.js'
import { invertPlan } from './invert-plan.js'
import {
  beginUndoJournal,
  type JournalPlace,
  keepPlan,
  type OpenJournal,
  putAwayOrLeave,
  writeMark,
} from './journal/journal-directory.js'
import type { JournalPlan, JournalStep, TouchedDirectory } from './journal/journal-plan.js'
import type { Mark } from './journal/mark.js'
import { writePlan } from './journal/plan-draft.js'
import { journalPlace } from './journal-place.js'
import { type KeptCommit, lastCommit } from './kept-commits.js'
import { lookAgain } from './look-again.js'
import { moveRedirects, withRedirectsMoved } from './move-redirects.js'
import { recoverFirst } from './recover-first.js'
import { conflictError } from './refuse.js'
import { isKnown } from './seal-plan.js'
import { openSessionView, type SessionView, upperPath } from './session-view.js'
import { settleDone } from './settle.js'
import { takeCommitBack } from './take-commit-back.js'
import { returnUpper } from './take-upper.js'
import type { CommitProgress, Recovery } from './types.js'
import { type UndoneChange, undoneChanges } from './undone-changes.js'
import { verifyUndo } from './verify-undo.js'

export interface UndoOptions {
  /** Verifies, writes nothing. */
  readonly dryRun?: boolean
  /** `false` for throw-away trees: no `syncfs`. */
  readonly sync?: boolean
  /** What a person was shown; the undo fails with `COMMIT_MOVED` if it would do anything else. */
  readonly reviewed?: UndoSummary
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: CommitProgress) => void
  /** A commit of the session had been cut short, and was brought to its end first. */
  readonly onRecovered?: (recovery: Recovery) => void | Promise<void>
}

export interface UndoSummary {
  readonly dryRun: boolean
  /** When the commit that was undone began, in milliseconds since 1970. */
  readonly committed: number
  /** Paths of the project that are as they were before that commit. */
  readonly restored: readonly RelPath[]
  /** The same, with what happens to each. */
  readonly changes: readonly UndoneChange[]
  readonly warnings: readonly string[]
}

/**
 * Puts back what the session's last commit displaced, and takes away what it put there: all of it, or on an error or a conflict nothing.
 * What was committed is pending in the session again. A commit that was cut short is brought to its end first.
 * @throws OverlayError `NOTHING_TO_UNDO`; `COMMIT_CONFLICT` where the project is not as the commit left it (`details.conflicts`);
 * `COMMIT_MOVED`: it would not do what `options.reviewed` says; `COMMIT_FAILED`, `ALREADY_COMMITTING`, `SESSION_BUSY`, `JOURNAL_DAMAGED`, `ABORTED` as `commitSession`
 */
export async function undoCommit(ports: Ports, session: Session, options: UndoOptions = {}): Promise<UndoSummary> {
  const lock = lockCommits(ports.ops, session.project)
  try {
    await recoverFirst(ports, session, options)
    refuseEmpty(ports, session)
    const view = await openSessionView(ports, session, options.signal)
    try {
      return await undoIn(ports, view, options)
    } finally {
      view.close()
    }
  } finally {
    lock.release()
  }
}

async function undoIn(ports: Ports, view: SessionView, options: UndoOptions): Promise<UndoSummary> {
  const { ops, session } = view
  const place = journalPlace(view, options.sync ?? true)
  const last = lastCommit(place)
  if (last === undefined) throw nothingToUndo(session)
  const slotsFd = ops.openDir(view.dir, `undo/${last.plan.id}` as RelPath)
  const trees: Trees = { ops, hasher: view.hasher, base: view.base, slots: createDirCache(ops, slotsFd) }
  try {
    const plan = await lookAgain(view, () => planUndo(view, trees, last))
    const committed = Number(last.plan.id)
    const restored = plan.steps.map(({ path }) => path).sort()
    const summary: UndoSummary = { dryRun: true, committed, restored, changes: undoneChanges(plan), warnings: [] }
    refuseOther(options.reviewed, summary)
    if (options.dryRun === true) return summary
    const warnings = await withRedirectsMoved(ports, session, plan.redirects, () =>
      carryOut(view, place, trees, plan, options),
    )
    return { ...summary, dryRun: false, warnings }
  } finally {
    trees.slots.close()
    ops.close(slotsFd)
  }
}

function planUndo(view: SessionView, trees: Trees, { plan, mark, endNs }: KeptCommit): JournalPlan {
  const { conflicts, expected } = verifyUndo(view, trees, plan, mark.stampNs)
  if (conflicts.length > 0) throw conflictError(conflicts, view.session, 'undo')
  const { steps, settled, redirects } = invertPlan(trees, plan, expected)
  trees.slots.forget()
  const directories = touchedDirectories(view, plan, steps, endNs)
  return {
    id: plan.id,
    kind: 'undo',
    closes: plan.closes,
    steps,
    directories,
    slotTimes: plan.slotTimes,
    settled,
    redirects,
  }
}

/** Directories get the times that they had before the commit, unless somebody changed their entries since. */
function touchedDirectories(
  view: SessionView,
  plan: JournalPlan,
  steps: readonly JournalStep[],
  endNs: bigint,
): TouchedDirectory[] {
  const before = new Map(plan.directories.map((directory) => [directory.path, directory]))
  return [...parentsOf(steps)].flatMap((path) => {
    const now = view.base.stat(path)
    if (now?.type !== 'dir') return []
    const { ino, mode, atimeNs, mtimeNs } = now
    const was = before.get(path)
    const endTimes = was !== undefined && was.ino === ino && mtimeNs <= endNs ? was : undefined
    return [{ path, ino, mode, atimeNs, mtimeNs, endTimes, known: path !== '' && isKnown(view, path, now) }]
  })
}

async function carryOut(
  view: SessionView,
  place: JournalPlace,
  trees: Trees,
  plan: JournalPlan,
  { sync = true, signal, onProgress }: UndoOptions,
): Promise<string[]> {
  const { ops } = view
  const journal = beginWith(view, place, 'undo', () => beginUndoJournal(place, plan.id))
  let marked: { readonly plan: JournalPlan; readonly mark: Mark } | undefined
  try {
    const sum = writePlan(place, journal, plan)
    if (sync) ops.syncFs(journal.slots)
    marked = { plan, mark: writeMark(place, journal, { id: plan.id, sum }) }
    const report = (done: number): void => onProgress?.({ step: 'apply', done, total: plan.steps.length })
    await goForward({ trees, plan, resumed: false, pace: createPace(signal), onProgress: report })
    if (sync) ops.syncFs(journal.slots)
    keepPlan(place, journal)
    const settled = [...settleDone(view, plan), ...moveRedirects(view, plan.redirects)]
    const warnings = [...settled, ...openAgain(view, journal)]
    // What could not be noted would hide that the changes are pending again: the next command tries once more.
    if (warnings.length === 0) putAwayOrLeave(place, journal, plan.kind)
    return warnings
  } catch (error) {
    throw explainFailure(error, takeCommitBack(view, place, journal, trees, marked), view.session, 'undo')
  } finally {
    journal.close()
  }
}

/** There is no way back by then: what fails is left to the next command. Returns warnings. */
function openAgain({ ops, dir, session }: SessionView, { slots }: OpenJournal): string[] {
  try {
    returnUpper(ops, dir, slots)
    return []
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    return [
      `The session could not be opened again (${error.message}); \`openagentic-overlay recover ${session.id}\` does.`,
    ]
  }
}

/** @throws OverlayError `COMMIT_MOVED`: there was another commit since */
function refuseOther(shown: UndoSummary | undefined, now: UndoSummary): void {
  if (shown === undefined) return
  if (shown.committed === now.committed && shown.restored.join('\0') === now.restored.join('\0')) return
  throw new OverlayError('COMMIT_MOVED', 'Expected to undo the commit that was shown, found another one', {
    hint: 'Look at what `undo --dry-run` shows, then undo again.',
  })
}

/** Without its upper, a closed session's undo data is gone. */
function refuseEmpty(ports: Ports, session: Session): void {
  if (isClosed(ports, session) && upperPath(ports.ops, session) === session.upper) throw nothingToUndo(session)
}

function nothingToUndo(session: Session): OverlayError {
  return new OverlayError('NOTHING_TO_UNDO', `Expected a commit of session "${session.id}" to undo, found none`, {
    path: quoteName(session.project),
    hint: 'See `openagentic-overlay log`. A commit can be undone once, and for as long as its data is kept.',
  })
}
