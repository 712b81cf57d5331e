import { OverlayError } from '../errors/overlay-error.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Pace } from '../os/pace.js'
import { SystemError } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { applySteps } from './apply.js'
import { LateConflict } from './displaced.js'
import type { Plan } from './plan.js'
import { conflictError } from './refuse.js'
import type { SessionView } from './session-view.js'
import { type StagedInodes, stageEntries } from './stage.js'
import { openStage, type StageDirectory } from './stage-directory.js'
import { MovedWhileStaged } from './stage-file.js'
import type { CommitOptions } from './types.js'
import { createUndoStack } from './undo-stack.js'

export interface ApplyContext {
  /** Whether a directory whose entries moved gets its old times back. */
  readonly keepsTimes: (dir: RelPath) => boolean
  readonly pace: Pace
  readonly options: CommitOptions
}

export interface Applied {
  readonly staged: StagedInodes
  /** Directories of the project whose entries moved, as they were before. */
  readonly touched: ReadonlyMap<RelPath, EntryStat>
}

/**
 * Stages, flushes, applies, flushes. On any error before the end everything goes back and the stage is removed.
 * Durable by `syncfs`: what is staged before anything moves, and the moves before it is said to be done.
 */
export async function applyPlan(view: SessionView, plan: Plan, context: ApplyContext): Promise<Applied> {
  const { ops } = view
  const { onProgress, sync = true } = context.options
  const stage = openStage(view)
  const undo = createUndoStack()
  const staged: StagedInodes = new Map()
  try {
    await stageEntries(view, stage.fd, plan.stage, staged, context.pace, (done) =>
      onProgress?.({ step: 'stage', done, total: plan.stage.length }),
    )
    stage.markApplying(plan.steps)
    if (sync) ops.syncFs(stage.fd)
    const touched = await applySteps(view, stage.fd, plan.steps, undo, context.keepsTimes, context.pace, (done) =>
      onProgress?.({ step: 'apply', done, total: plan.steps.length }),
    )
    onProgress?.({ step: 'sync', done: 0, total: 0 })
    if (sync) ops.syncFs(stage.fd)
    stage.keep(`${Date.now()}`, plan.steps)
    return { staged, touched }
  } catch (error) {
    view.base.forget()
    const failures = undo.unwind()
    throw explain(error, failures, takeBack(stage, plan, staged, failures), view)
  } finally {
    stage.close()
  }
}

/** Where the stage is now, if it could not simply be removed. */
function takeBack(stage: StageDirectory, plan: Plan, staged: StagedInodes, failures: unknown[]): string | undefined {
  try {
    return stage.discard(plan.steps, staged)
  } catch (error) {
    failures.push(error)
    return 'stage'
  }
}

function explain(error: unknown, failures: readonly unknown[], kept: string | undefined, view: SessionView): unknown {
  if (failures.length > 0 || kept !== undefined) {
    return new OverlayError(
      'COMMIT_FAILED',
      `Expected to put everything back after: ${messageOf(error)}; that failed for ${failures.length} entries`,
      {
        path: quoteName(view.session.project),
        hint: `What is missing from the project lies in ${quoteName(view.session.dir)}/${kept ?? 'stage'}.`,
        details: { kept, failures: failures.map(messageOf) },
        cause: error,
      },
    )
  }
  if (error instanceof LateConflict) return conflictError([error.conflict], view.session)
  if (error instanceof MovedWhileStaged || !(error instanceof SystemError)) return error
  return new OverlayError(
    'COMMIT_FAILED',
    `Expected every change to go through, but ${error.syscall} failed with ${error.code}; nothing was changed`,
    {
      path: error.path,
      hint: hints[error.code] ?? 'See the cause, then commit again.',
      details: { errno: error.code, syscall: error.syscall },
      cause: error,
    },
  )
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'Make room on the file system of the project, then commit again.',
  EDQUOT: 'Make room within your quota, then commit again.',
  EACCES: 'Give yourself write permission to the directory that holds the path, then commit again.',
  EPERM: 'The entry belongs to somebody else or is immutable (`lsattr`); mend that, then commit again.',
  EROFS: 'The project is mounted read-only.',
  EXDEV: 'A file system is mounted inside the project at or above the path; unmount it, then commit again.',
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
