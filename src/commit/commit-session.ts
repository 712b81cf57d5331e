import { OverlayError } from '../errors/overlay-error.js'
import { createPace } from '../os/pace.js'
import type { Ports } from '../os/ports.js'
import type { RelPath } from '../paths/byte-string.js'
import { inherit } from '../paths/inherit.js'
import { quoteName } from '../paths/quote-name.js'
import { parentOf } from '../paths/rel-path.js'
import { lockCommits } from '../session/commit-lock.js'
import { refuseClosed } from '../session/refuse-closed.js'
import type { Session } from '../session/session.js'
import { applyPlan } from './apply-plan.js'
import { type ChosenChanges, chooseChanges } from './choose-changes.js'
import { clearMade, dropMade } from './compose-file.js'
import { findDirectoryMoves } from './directory-moves.js'
import { findMoves } from './find-moves.js'
import { chooseHunks } from './hunks/choose-hunks.js'
import type { RedirectMove } from './journal/journal-plan.js'
import { lookAgain } from './look-again.js'
import { chooseMerged } from './merge/choose-merged.js'
import { redirectMoves, whileDetached, withRedirectsMoved } from './move-redirects.js'
import { makePlan } from './plan.js'
import { projectFacts } from './project-facts.js'
import { pruneAfterCommit } from './prune-undo.js'
import { recoverFirst } from './recover-first.js'
import { refuseConflicts, refuseKinds, refuseMoved } from './refuse.js'
import { type FullReview, reviewView } from './review-session.js'
import { saveLedger } from './save-ledger.js'
import { openSessionView, type SessionView } from './session-view.js'
import { settleGivenUp } from './settle.js'
import { MovedWhileStaged } from './stage-contents.js'
import { takeableFiles } from './take-upper.js'
import type { CommitOptions, CommitSummary } from './types.js'

/** Times that a commit starts over because the session wrote to a file while it was staged. */
const tries = 3

/**
 * Carries the session's changes over to the project: all of them that are asked for, or on an error none. The session stays mounted and usable.
 * @throws OverlayError
 * - `COMMIT_CONFLICT`: under `abort` and `merge`; `details.conflicts`, `details.unmerged`. Nothing was changed.
 * - `COMMIT_REFUSED`: content that must be allowed by kind; `details.refusals`. Nothing was changed.
 * - `COMMIT_MOVED`: the changes are not those of `options.reviewed` any more.
 * - `COMMIT_BUSY`: a process of the session kept writing to a file that is to be committed.
 * - `COMMIT_FAILED`: a system call failed; everything was put back, or `details.kept` says where it is.
 * - `JOURNAL_DAMAGED`: of a commit before this one.
 * - `PATCH_REJECTED`: `options.hunks` do not fit, or are not the session's. Nothing was changed.
 * - `ALREADY_COMMITTING`, `CONFIG_INVALID`, `NO_SUCH_CHANGE`, `SESSION_BUSY` (a renamed directory needs a remount), `SESSION_CLOSED`, `ABORTED`
 */
export async function commitSession(
  ports: Ports,
  session: Session,
  options: CommitOptions = {},
): Promise<CommitSummary> {
  const lock = lockCommits(ports.ops, session.project)
  try {
    await recoverFirst(ports, session, options)
    refuseClosed(ports, session)
    for (let attempt = 1; ; attempt += 1) {
      try {
        const summary = await commitOnce(ports, session, options)
        return { ...summary, warnings: [...summary.warnings, ...pruneAfterCommit(ports, session, options)] }
      } catch (error) {
        if (!(error instanceof MovedWhileStaged)) throw error
        if (attempt < tries) continue
        throw new OverlayError(
          'COMMIT_BUSY',
          `Expected ${quoteName(error.path)} to be left alone while it is committed, found it changed ${tries} times`,
          {
            path: quoteName(error.path),
            hint: 'Wait for the process that writes to it, or commit other paths by name.',
            cause: error,
          },
        )
      }
    }
  } finally {
    lock.release()
  }
}

async function commitOnce(ports: Ports, session: Session, options: CommitOptions): Promise<CommitSummary> {
  const view = await openSessionView(ports, session, options.signal)
  try {
    if (options.dryRun !== true) clearMade(view)
    const review = await lookAgain(view, async () => withMoves(view, await reviewView(view, options), options))
    refuseMoved(options.reviewed, review)
    const policy = options.onConflict ?? 'abort'
    const chosen = await choose(ports, view, review, options)
    if ((policy === 'abort' || policy === 'merge') && !options.dryRun) refuseConflicts(chosen, session)
    refuseKinds(chosen, await projectFacts(view), options.allow ?? [])
    if (options.dryRun === true) return summaryOf(chosen, true, [])
    if (canClose(view, chosen, options)) {
      const warnings = await whileDetached(ports, session, () => carryOver(view, review, chosen, 'closes', options))
      return { ...summaryOf(chosen, false, warnings), closed: true }
    }
    const redirects = redirectMoves(view, appliedRedirects(review, chosen))
    const warnings = await withRedirectsMoved(ports, session, redirects, () =>
      carryOver(view, review, chosen, redirects, options),
    )
    return summaryOf(chosen, false, warnings)
  } finally {
    try {
      if (options.dryRun !== true) dropMade(view)
    } finally {
      view.close()
    }
  }
}

/** By hunks, or by path. */
async function choose(
  ports: Ports,
  view: SessionView,
  review: FullReview,
  options: CommitOptions,
): Promise<ChosenChanges> {
  const { hunks, paths = [], onConflict = 'abort' } = options
  if (hunks !== undefined) return await chooseHunks(ports, view, review, hunks, options)
  if (onConflict === 'merge') return await chooseMerged(ports, view, review, options)
  return chooseChanges(review.judged, review.changeSet.redirects, paths, onConflict, review.moves)
}

/** Only whoever takes some of the changes has to know what goes together. */
async function withMoves(
  view: SessionView,
  review: FullReview,
  { paths = [], hunks }: CommitOptions,
): Promise<FullReview> {
  if (paths.length === 0 && hunks === undefined) return review
  return { ...review, moves: await findMoves(view, review.changeSet) }
}

async function carryOver(
  view: SessionView,
  review: FullReview,
  chosen: ChosenChanges,
  redirects: readonly RedirectMove[] | 'closes',
  options: CommitOptions,
): Promise<string[]> {
  const applied = chosen.apply.map(({ change }) => change)
  const closes = redirects === 'closes'
  const { moves, changes } = findDirectoryMoves(view, chosen.apply, review.changeSet.redirects)
  const plan = makePlan(changes, moves, closes ? takeableFiles(view, applied) : undefined)
  settleGivenUp(view.ledger.ledger, chosen.givenUp, chosen.merges?.present)
  if (plan.steps.length === 0) return saveLedger(view.ledger)
  return await applyPlan(view, plan, {
    applied,
    closes,
    partial: new Set(chosen.apply.flatMap(({ change, partial }) => (partial === true ? [change.path] : []))),
    contested: new Set(chosen.apply.flatMap(({ change, conflicts }) => (conflicts.length > 0 ? [change.path] : []))),
    merged: new Map(
      chosen.apply.flatMap(({ change, merged }) => (merged === undefined ? [] : [[change.path, merged]])),
    ),
    news: review.news,
    redirects: closes ? [] : redirects,
    keepsTimes: timesToKeep(review, chosen),
    pace: createPace(options.signal),
    options,
  })
}

/** There is something to move, nothing stays behind, and upper and record are on one file system. */
function canClose(
  { session }: SessionView,
  { apply, pending }: ChosenChanges,
  { close = false }: CommitOptions,
): boolean {
  const isWhole = pending.length === 0 && apply.every(({ partial }) => partial !== true)
  return close && isWhole && apply.length > 0 && session.layers === session.dir
}

/** Merged shows the old times of a directory that is no change, so they are put back after its entries moved. */
function timesToKeep(review: FullReview, chosen: ChosenChanges): (dir: RelPath) => boolean {
  const listed = new Set(review.judged.map(({ change }) => change.path))
  return (dir) => !listed.has(dir) && !review.news.has(dir) && !(dir === '' && rootEntriesMove(chosen))
}

/** Times of the root are no part of a change set, so that a new name in it leaves the time that it makes. */
function rootEntriesMove({ apply }: ChosenChanges): boolean {
  return apply.some(
    ({ change }) => parentOf(change.path) === '' && (change.base === undefined || change.wanted === undefined),
  )
}

/** The redirects of entries that the commit has made real, itself or what lies below. */
function appliedRedirects({ changeSet }: FullReview, { apply }: ChosenChanges): RelPath[] {
  if (changeSet.redirects.length === 0) return []
  const redirects = new Set(changeSet.redirects)
  const atOrAbove = inherit<readonly RelPath[]>([], (dir, above) => (redirects.has(dir) ? [...above, dir] : above))
  const applied = new Set(apply.flatMap(({ change }) => atOrAbove(change.path)))
  return changeSet.redirects.filter((path) => applied.has(path))
}

function summaryOf(chosen: ChosenChanges, dryRun: boolean, warnings: readonly string[]): CommitSummary {
  return {
    dryRun,
    closed: false,
    applied: chosen.apply.map(({ change }) => change),
    pending: chosen.pending,
    dropped: chosen.givenUp,
    conflicts: chosen.conflicting.flatMap(({ conflicts }) => conflicts),
    merged: [...(chosen.merges?.applied ?? []), ...(chosen.merges?.present ?? [])].map(({ change }) => change),
    unmerged: chosen.merges?.unmerged ?? [],
    warnings,
  }
}
