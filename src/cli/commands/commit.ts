import { Option } from 'commander'
import {
  type AllowKind,
  allowKinds,
  appendLog,
  type CommitOptions,
  type CommitSummary,
  type Conflict,
  type ConflictPolicy,
  commitSession,
  discardSession,
  exitStatuses,
  isListed,
  jsonName,
  keepsUndoData,
  type LogEntry,
  OverlayError,
  quoteName,
  type Review,
  reviewSession,
  type Session,
  sessionState,
  type UnmergedChange,
  unmountSession,
} from '../../index.js'
import { choosePatch } from '../choose-patch.js'
import { openReady, orNoSuchSession, type SessionAndPaths, sessionAndPaths } from '../chosen-session.js'
import { collectOf } from '../collect.js'
import type { CommandResult, CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { gitPlace } from '../git-place.js'
import { operationTime } from '../operation-time.js'
import { changeJson, pathText, statusLine } from '../render/change.js'
import { commitSummaryText } from '../render/commit-summary.js'
import { unmergedJson, unmergedLine } from '../render/merge.js'
import { conflictJson, conflictLine } from '../render/obstacles.js'
import { reportCommitProgress } from '../report-progress.js'
import { tellRecovery } from '../tell-recovery.js'
import { tuneForReview } from '../tune-engine.js'
import { count } from '../units.js'

export const commitCommand: CommandSpec = {
  name: 'commit',
  define: (command) =>
    command
      .argument('[session]', 'the session')
      .argument('[paths...]', 'only these, with what they depend on')
      .option('--patch', 'choose hunk by hunk; off a terminal, by the patch on standard input')
      .option('--dry-run', 'check everything, write nothing')
      .option('--yes', 'do not ask')
      .addOption(
        new Option('--on-conflict <policy>', 'when the project changed too')
          .choices(['abort', 'skip', 'ours', 'theirs', 'merge'])
          .default('abort'),
      )
      .addOption(
        new Option('--allow <kind>', 'let through what is refused by default (repeatable)')
          .choices(allowKinds)
          .argParser(collectOf(allowKinds)),
      )
      .option('--close', 'close the session if nothing of it stays pending: its files are moved, not copied')
      .option('--no-sync', 'do not wait for the disk: for throw-away trees')
      .description('put the changes into the project, after the check that it is what the session built upon'),
  run(context, invocation) {
    tuneForReview()
    const chosen = sessionAndPaths(context, invocation)
    return orNoSuchSession(chosen, () => commit(context, chosen, invocation.options as unknown as CommitFlags))
  },
}

interface CommitFlags {
  readonly patch?: boolean
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly onConflict: ConflictPolicy
  readonly allow?: readonly AllowKind[]
  readonly close?: boolean
  readonly sync: boolean
}

async function commit(context: CommandContext, chosen: SessionAndPaths, flags: CommitFlags): Promise<CommandResult> {
  const { ports, signal, progress, terminal } = context
  const session = await openReady(context, chosen, 'refuse')
  const asks = terminal.interactive && flags.yes !== true
  const plain: CommitOptions = {
    paths: chosen.paths,
    onConflict: flags.onConflict,
    allow: flags.allow ?? [],
    git: gitPlace(context),
    sync: flags.sync,
    close: flags.close === true,
    signal,
    onProgress: reportCommitProgress(progress),
    onRecovered: tellRecovery(context, session),
  }
  const options = flags.patch === true ? await choosePatch(context, session, plain, asks) : plain
  if (flags.dryRun === true)
    return dryRun(session, options, await commitSession(ports, session, { ...options, dryRun: true }))
  const reviewed = asks && flags.patch !== true ? await askFirst(context, session, options) : undefined
  const summary = await commitSession(ports, session, reviewed === undefined ? options : { ...options, reviewed })
  await appendLog(ports.ops, session.dir, logEntry(context, summary))
  return flags.close === true ? await ended(context, session, summary) : summaryResult(session, summary)
}

function logEntry(context: CommandContext, { applied, pending, dropped, conflicts }: CommitSummary): LogEntry {
  const counts = { applied: applied.length, pending: pending.length, dropped: dropped.length }
  return { at: operationTime(context), operation: 'commit', details: { ...counts, conflicts: conflicts.length } }
}

/** Ends with the status that the commit would end with. */
function dryRun(session: Session, options: CommitOptions, summary: CommitSummary): CommandResult {
  return summaryResult(session, summary, { status: stops(options, summary) ? exitStatuses.conflict : 0 })
}

function stops({ onConflict }: CommitOptions, { conflicts, unmerged }: CommitSummary): boolean {
  return (onConflict === 'abort' && conflicts.length > 0) || unmerged.length > 0
}

/**
 * Shows what would be committed, and asks. Returns what was shown, so that the commit does just that; `undefined`
 * when there is nothing to ask about (the commit then says why).
 */
async function askFirst(
  context: CommandContext,
  session: Session,
  options: CommitOptions,
): Promise<Review | undefined> {
  const reviewed = await reviewSession(context.ports, session, options)
  const plan = await commitSession(context.ports, session, { ...options, dryRun: true })
  context.progress.clear()
  if (stops(options, plan) || plan.applied.length === 0) return undefined
  for (const line of conflictNotes(plan)) await context.err(`${line}\n`)
  const listed = plan.applied.filter(isListed)
  for (const change of listed) await context.err(`${statusLine(change, false)}\n`)
  const question = `Commit ${count(listed.length, 'change')} to ${quoteName(session.project)}?`
  if (await context.terminal.confirm(question, context.signal)) return reviewed
  throw new OverlayError('ABORTED', 'Nothing was committed: the answer was not yes', {
    hint: '`diff` shows the changes; `commit PATH…` takes some of them.',
  })
}

interface Ending {
  readonly discarded?: boolean
  readonly note?: string
  /** A dry run tells what the commit would end with. */
  readonly status?: number
}

function summaryResult(session: Session, summary: CommitSummary, ending: Ending = {}): CommandResult {
  const { discarded = false, note, status = 0 } = ending
  return {
    get json() {
      return summaryJson(session, summary, discarded)
    },
    human: commitSummaryText(summary),
    errors: summary.warnings.map((warning) => `warning: ${warning}`),
    notes: [...conflictNotes(summary), ...(note === undefined ? [] : [`note: ${note}`])],
    status,
  }
}

function summaryJson(session: Session, summary: CommitSummary, discarded: boolean): Record<string, unknown> {
  const { dryRun, closed, applied, pending, dropped, conflicts, merged, unmerged, warnings } = summary
  return {
    session: session.id,
    project: jsonName(session.project),
    dryRun,
    closed: closed || discarded,
    discarded,
    applied: applied.map(changeJson),
    pending: pending.map(changeJson),
    dropped: dropped.map(changeJson),
    conflicts: conflicts.map(conflictJson),
    merged: merged.map(changeJson),
    unmerged: unmerged.map(unmergedJson),
    warnings,
  }
}

/** A conflict that merges is none any more. */
function conflictNotes({ conflicts, merged, unmerged }: CommitSummary): string[] {
  const gone = new Set(merged.map(({ path }) => path))
  return [
    ...merged.map(({ path }) => `merged: ${pathText(path)}`),
    ...conflicts.filter(({ path }) => !gone.has(path)).flatMap((conflict) => conflictNote(conflict, unmerged)),
  ]
}

function conflictNote(conflict: Conflict, unmerged: readonly UnmergedChange[]): string[] {
  const found = unmerged.find(({ path }) => path === conflict.path)
  const line = `conflict: ${conflictLine(conflict)}`
  return found === undefined ? [line] : [line, `  ${unmergedLine(found)}`]
}

/** After `--close`: closed by the commit, else discarded if there is nothing left in it, and nothing that could be undone. */
async function ended(context: CommandContext, session: Session, summary: CommitSummary): Promise<CommandResult> {
  const { id } = session
  const { closed, pending } = summary
  const stays = (note: string): CommandResult => summaryResult(session, summary, { note })
  if (closed) return stays(`session ${id} is closed; \`undo ${id}\` opens it again`)
  if (pending.length > 0) return stays(`the session stays: ${count(pending.length, 'change')} pending`)
  if (keepsUndoData(context.ports, session)) {
    if (sessionState(context.ports, session).state === 'attached') await unmountSession(context.ports, session)
    return stays(`session ${id} stays, detached: its last commit can still be undone; \`gc\` removes it after that`)
  }
  await discardSession(context.ports, session)
  return summaryResult(session, summary, { discarded: true, note: `session ${id} is gone` })
}
