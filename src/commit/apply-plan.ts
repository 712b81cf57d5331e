import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '../changeset/change.js'
import type { Fingerprint } from '../fingerprint/fingerprint.js'
import { createDirCache } from '../os/dir-cache.js'
import type { Pace } from '../os/pace.js'
import { uptime } from '../os/uptime.js'
import type { RelPath } from '../paths/byte-string.js'
import { goForward } from './apply/forward.js'
import type { Trees } from './apply/trees.js'
import { beginWith } from './begin-journal.js'
import { explainFailure } from './explain-failure.js'
import {
  beginJournal,
  keepPlan,
  type OpenJournal,
  putAwayOrLeave,
  writeMark,
  writePlan,
} from './journal/journal-directory.js'
import type { JournalPlan, RedirectMove } from './journal/journal-plan.js'
import type { Mark } from './journal/mark.js'
import { journalPlace } from './journal-place.js'
import { moveRedirects } from './move-redirects.js'
import { refuseOtherFileSystem } from './other-file-system.js'
import type { Plan } from './plan.js'
import { sealPlan } from './seal-plan.js'
import type { SessionView } from './session-view.js'
import { settleDone } from './settle.js'
import { stageEntries } from './stage.js'
import { takeCommitBack } from './take-commit-back.js'
import { takeUpper } from './take-upper.js'
import type { CommitOptions } from './types.js'

export interface ApplyContext {
  readonly applied: readonly Change[]
  readonly partial: ReadonlySet<RelPath>
  readonly contested: ReadonlySet<RelPath>
  readonly merged: ReadonlyMap<RelPath, Fingerprint>
  readonly news: ReadonlyMap<RelPath, Change>
  readonly redirects: readonly RedirectMove[]
  /** Whether a directory whose entries moved gets its old times back. */
  readonly keepsTimes: (dir: RelPath) => boolean
  /** The upper's files are moved: it goes to the commit's directory, and the session is closed. */
  readonly closes: boolean
  readonly pace: Pace
  readonly options: CommitOptions
}

/**
 * Stages, writes the journal, flushes, marks, applies, flushes, settles, and keeps what was displaced. On any error before the end
 * everything goes back. See docs/commit-protocol.md.
 * @returns warnings
 */
export async function applyPlan(view: SessionView, plan: Plan, context: ApplyContext): Promise<string[]> {
  refuseOtherFileSystem(view)
  const { ops } = view
  const { onProgress, sync = true } = context.options
  const place = journalPlace(view, sync)
  const journal = beginWith(view, place, 'commit', () => beginJournal(place))
  const trees: Trees = { ops, hasher: view.hasher, base: view.base, slots: createDirCache(ops, journal.slots) }
  let marked: { readonly plan: JournalPlan; readonly mark: Mark } | undefined
  try {
    const sealed = await stage(view, plan, journal, context)
    const sum = writePlan(place, journal, sealed)
    const written = uptime()
    if (sync) ops.syncFs(journal.slots)
    await tickSince(written)
    marked = { plan: sealed, mark: writeMark(place, journal, { id: journal.id, sum }) }
    const report = (done: number): void => onProgress?.({ step: 'apply', done, total: plan.steps.length })
    await goForward({ trees, plan: sealed, resumed: false, pace: context.pace, onProgress: report })
    onProgress?.({ step: 'sync', done: 0, total: 0 })
    if (sync) ops.syncFs(journal.slots)
    keepPlan(place, journal)
    const warnings = [...settleDone(view, sealed), ...moveRedirects(view, sealed.redirects)]
    // What could not be noted now may be by the next command.
    if (warnings.length === 0) putAwayOrLeave(place, journal, sealed.kind)
    return warnings
  } catch (error) {
    throw explainFailure(error, takeCommitBack(view, place, journal, trees, marked), view.session)
  } finally {
    trees.slots.close()
    journal.close()
  }
}

async function stage(
  view: SessionView,
  plan: Plan,
  { id, slots }: OpenJournal,
  context: ApplyContext,
): Promise<JournalPlan> {
  const { pace, options } = context
  const { onProgress, signal, sync = true } = options
  const report = (done: number): void => onProgress?.({ step: 'stage', done, total: plan.stage.length })
  if (context.closes) takeUpper(view.ops, view.dir, slots)
  const staged = await stageEntries(view, slots, plan.stage, { pace, signal, sync, onProgress: report })
  for (const step of plan.steps) if ('taken' in step && step.taken) staged.set(step.path, step.taken.ino)
  return sealPlan(view, { ...context, id, steps: plan.steps, staged })
}

/** Milliseconds: the longest tick of the clock that stamps files (HZ=100), and a little. */
const longestTick = 11

/** The mark's ctime has to be younger than that of all that was built before. */
async function tickSince(start: number): Promise<void> {
  const left = longestTick - (uptime() - start)
  if (left > 0) await sleep(left)
}
