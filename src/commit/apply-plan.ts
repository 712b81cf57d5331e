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
  type JournalPlace,
  keepPlan,
  type OpenJournal,
  putAwayOrLeave,
  writeMark,
} from './journal/journal-directory.js'
import type { JournalPlan, RedirectMove } from './journal/journal-plan.js'
import type { Mark } from './journal/mark.js'
import { draftPlan } from './journal/plan-draft.js'
import { journalPlace } from './journal-place.js'
import { moveRedirects } from './move-redirects.js'
import { refuseOtherFileSystem } from './other-file-system.js'
import type { Plan } from './plan.js'
import { createSealer, sealPlan } from './seal-plan.js'
import type { SessionView } from './session-view.js'
import { settleDone } from './settle.js'
import { stageEntries } from './stage.js'
import type { StagedInodes } from './stage-contents.js'
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
    const { sealed, sum } = await stage(view, plan, place, journal, context)
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

/** Builds the entries, and writes the plan while they are built. */
async function stage(
  view: SessionView,
  plan: Plan,
  place: JournalPlace,
  journal: OpenJournal,
  context: ApplyContext,
): Promise<{ readonly sealed: JournalPlan; readonly sum: string }> {
  const { id, slots } = journal
  const { pace, closes, options } = context
  const { onProgress, signal, sync = true } = options
  const total = plan.stage.length
  const report = (done: number): void => onProgress?.({ step: 'stage', done, total })
  if (closes) takeUpper(view.ops, view.dir, slots)
  const inodes: StagedInodes = new Map()
  for (const step of plan.steps) if ('taken' in step && step.taken) inodes.set(step.path, step.taken.ino)
  // Directories that were opened for the review may have been moved since.
  view.base.forget()
  const sealer = createSealer(view, plan.steps, inodes)
  const draft = draftPlan(place, journal, { kind: 'commit', id, closes })
  try {
    const onStaged = (): void => draft.add(sealer.next())
    await stageEntries(view, slots, plan.stage, inodes, { pace, signal, sync, onProgress: report, onStaged })
    plan.stage.length = 0
    draft.add(sealer.rest())
    const sealed = sealPlan(view, sealer.sealed, { ...context, id, steps: plan.steps, staged: inodes })
    return { sealed, sum: draft.finish(sealed) }
  } finally {
    draft.close()
  }
}

/** Milliseconds: the longest tick of the clock that stamps files (HZ=100), and a little. */
const longestTick = 11

/** The mark's ctime has to be younger than that of all that was built before. */
async function tickSince(start: number): Promise<void> {
  const left = longestTick - (uptime() - start)
  if (left > 0) await sleep(left)
}
