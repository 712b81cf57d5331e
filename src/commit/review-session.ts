import type { Change, ChangeSet } from '../changeset/change.js'
import { readChangeSet, type ScannedChangeSet } from '../changeset/read-change-set.js'
import type { Conflict } from '../conflict/conflict.js'
import { createJudge } from '../conflict/judge.js'
import { findMoveSources } from '../conflict/move-sources.js'
import { OverlayError } from '../errors/overlay-error.js'
import { isSameInstant } from '../fingerprint/fingerprint.js'
import type { Ledger } from '../fingerprint/ledger.js'
import type { EntryStat } from '../os/entry-stat.js'
import { createPace } from '../os/pace.js'
import type { Ports } from '../os/ports.js'
import { isErrno, SystemError } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { refuseClosed } from '../session/refuse-closed.js'
import type { Session } from '../session/session.js'
import { findMoves } from './find-moves.js'
import { findRefusals } from './find-refusals.js'
import type { JudgedChange } from './judged-change.js'
import { lookAgain } from './look-again.js'
import { projectFacts } from './project-facts.js'
import { recoverUnlessAtWork } from './recover-first.js'
import { openSessionView, type SessionView } from './session-view.js'
import type { CommitProgress, Recovery, Refusal, Review } from './types.js'

export interface ReviewOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: CommitProgress) => void) | undefined
  /** `false`: looks for none, and so reads no configuration of the project either. */
  readonly refusals?: boolean | undefined
  /** A commit of the session had been cut short, and was brought to its end before the review. */
  readonly onRecovered?: ((recovery: Recovery) => void | Promise<void>) | undefined
}

/** A {@link Review} with what only a commit needs. */
export interface FullReview extends Omit<Review, 'refusals'> {
  readonly judged: readonly JudgedChange[]
  /** Where the difference is the person's own news: the session changed nothing there. */
  readonly news: ReadonlyMap<RelPath, Change>
}

/**
 * Reads the session's changes and checks each against the project (the hash check). What it proves on the way goes into
 * the ledger; nothing else is written. A commit that was cut short is brought to its end first.
 * @throws OverlayError `UPPER_FORGED` for an upper that no session of ours can have made; `MOUNT_IN_PROJECT`, `SESSION_CLOSED`, `ABORTED`; `JOURNAL_DAMAGED`, `CONFIG_INVALID` and
 * `COMMIT_FAILED` as `recoverCommit`
 */
export async function reviewSession(ports: Ports, session: Session, options: ReviewOptions = {}): Promise<Review> {
  await recoverUnlessAtWork(ports, session, { onRecovered: options.onRecovered })
  refuseClosed(ports, session)
  const view = await openSessionView(ports, session, options.signal)
  try {
    return await lookAgain(view, async () => {
      const { changeSet, conflicts } = await reviewView(view, options)
      const refusals = options.refusals === false ? [] : await refusalsOf(view, changeSet)
      const moves = await findMoves(view, changeSet)
      return { changeSet, conflicts, refusals, moves }
    })
  } finally {
    view.close()
  }
}

async function refusalsOf(view: SessionView, { changes }: ChangeSet): Promise<Refusal[]> {
  const facts = await projectFacts(view)
  return changes.flatMap((change) => findRefusals(change, facts))
}

/** Less known makes the next check more careful, so that a full or closed disk is no reason to show nothing. */
function saveIfRoom({ ledger }: SessionView): void {
  try {
    ledger.save()
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES'].some((code) => isErrno(error, code))) throw error
  }
}

/** {@link reviewSession} on trees that are open already; looks for no moves. */
export async function reviewView(view: SessionView, options: ReviewOptions): Promise<FullReview> {
  const { signal, onProgress } = options
  const scanned = await namingMounts(() => scan(view, options))
  const unsettled = scanned.changes.filter((change) => !isSettled(view.ledger.ledger, change))
  const { judge, note, learnContents } = createJudge(view.evidence, findMoveSources(unsettled), scanned.directories)
  const pace = createPace(signal)
  const judged: JudgedChange[] = []
  const news = new Map<RelPath, Change>()
  for (const [index, change] of unsettled.entries()) {
    const verdict = judge(change)
    if (verdict.is === 'drop') news.set(change.path, change)
    else {
      const conflicting = verdict.is === 'conflict'
      judged.push({
        change,
        conflicts: conflicting ? verdict.conflicts : noConflicts,
        subtree: conflicting ? undefined : verdict.subtree,
      })
    }
    const due = pace.due()
    if (due === undefined) continue
    onProgress?.({ step: 'verify', done: index, total: unsettled.length })
    await due
  }
  for (const file of scanned.unchanged) note(file)
  await learnContents()
  saveIfRoom(view)
  const { ignored, redirects, unchanged } = scanned
  const changeSet: ChangeSet = { changes: judged.map(({ change }) => change), ignored, redirects, unchanged }
  return { changeSet, conflicts: judged.flatMap(({ conflicts }) => conflicts), moves: [], judged, news }
}

/** One for all: there may be some hundred thousand changes. */
const noConflicts: readonly Conflict[] = []

/** Below a mount point the session and the project cannot be compared: it shows what lies under it. */
async function namingMounts<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EXDEV') throw error
    const { path } = error
    throw new OverlayError(
      'MOUNT_IN_PROJECT',
      `Expected nothing mounted where the session changed something, found ${path}`,
      {
        path,
        hint: 'Unmount it, then try again.',
        cause: error,
      },
    )
  }
}

function scan(view: SessionView, { signal, onProgress }: ReviewOptions): Promise<ScannedChangeSet> {
  const { family, masks, servedByFuse } = view.session.record
  return readChangeSet({
    ops: view.ops,
    lower: view.base.root,
    upper: view.upper.root,
    family,
    // The kernel writes no redirects under `userxattr`, so only FUSE can have made one there.
    redirects: family === 'trusted' || servedByFuse ? 'followed' : 'forged',
    masks,
    knownEqual: (path, upper, base) => isKnownEqual(view.ledger.ledger, path, upper, base),
    signal,
    onProgress: onProgress && ((done) => onProgress({ step: 'scan', done, total: 0 })),
  })
}

/** Committed before, and neither side moved since. */
function isKnownEqual(ledger: Ledger, path: RelPath, upper: EntryStat, base: EntryStat): boolean {
  const settled = ledger.settled(path)
  const known = ledger.base(path)
  if (settled === undefined || settled === 'whiteout' || known === undefined || known === 'absent') return false
  return settled.ino === upper.ino && settled.ctimeNs === upper.ctimeNs && isSameInstant(known, base)
}

/** The session did nothing there since its change was committed or given up; what the person did since stands. */
function isSettled(ledger: Ledger, change: Change): boolean {
  const { path, upper, kind } = change
  const settled = ledger.settled(path)
  if (settled === undefined) return false
  if (settled === 'whiteout' ? kind === 'delete' : isSameUpper(settled, upper)) return true
  // What was merged is what the session builds upon, as long as nobody takes the merge back.
  if (typeof settled === 'string' || settled.merged === undefined) ledger.learn({ path, settled: 'none' })
  return false
}

function isSameUpper(a: { ino: bigint; ctimeNs: bigint; size: number }, b: Change['upper']): boolean {
  return a.ino === b.ino && a.ctimeNs === b.ctimeNs && a.size === b.size
}
