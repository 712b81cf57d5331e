import {
  appendLog,
  isClosed,
  jsonName,
  OverlayError,
  quoteName,
  type Session,
  type UndoOptions,
  type UndoSummary,
  undoCommit,
} from '../../index.js'
import { readySession } from '../chosen-session.js'
import type { CommandResult, CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { operationTime } from '../operation-time.js'
import { undoLines, undoneJson, undoSummaryText, undoTitle } from '../render/undo-summary.js'
import { reportCommitProgress } from '../report-progress.js'
import { tellRecovery } from '../tell-recovery.js'

interface UndoFlags {
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly sync: boolean
}

export const undoCommand: CommandSpec = {
  name: 'undo',
  define: (command) =>
    command
      .argument('[session]', 'the session')
      .option('--dry-run', 'check everything, write nothing')
      .option('--yes', 'do not ask')
      .option('--no-sync', 'do not wait for the disk: for throw-away trees')
      .description('put back what the last commit displaced; its changes are pending again'),
  async run(context, { operands, options }) {
    const { yes, dryRun, sync } = options as unknown as UndoFlags
    const session = await readySession(context, operands[0], 'refuse', 'take')
    const { ports, signal, progress, terminal } = context
    const wasClosed = isClosed(ports, session)
    const plain: UndoOptions = {
      sync,
      signal,
      onProgress: reportCommitProgress(progress),
      onRecovered: tellRecovery(context, session),
    }
    if (dryRun === true) return result(session, await undoCommit(ports, session, { ...plain, dryRun }))
    const asks = terminal.interactive && yes !== true
    const asked = asks ? { ...plain, reviewed: await askFirst(context, session, plain) } : plain
    const summary = await undoCommit(ports, session, asked)
    const { restored, committed } = summary
    const details = { restored: restored.length, committed: new Date(committed).toISOString() }
    await appendLog(ports.ops, session.dir, { at: operationTime(context), operation: 'undo', details })
    return { ...result(session, summary), notes: wasClosed ? [openAgain(session)] : [] }
  },
}

/** Shows what would be put back, and asks. Returns what was shown, so that the undo does just that. */
async function askFirst(context: CommandContext, session: Session, options: UndoOptions): Promise<UndoSummary> {
  const planned = await undoCommit(context.ports, session, { ...options, dryRun: true })
  context.progress.clear()
  for (const line of undoLines(planned)) await context.err(`${line}\n`)
  const question = `Undo ${undoTitle(planned)} in ${quoteName(session.project)}?`
  if (await context.terminal.confirm(question, context.signal)) return planned
  throw new OverlayError('ABORTED', 'Nothing was undone: the answer was not yes', {
    hint: '`undo --dry-run` shows what would be put back.',
  })
}

function openAgain({ id }: Session): string {
  return `note: session ${id} is open again; \`mount ${id}\` attaches it`
}

function result(session: Session, summary: UndoSummary): CommandResult {
  const { dryRun, committed, changes, warnings } = summary
  const json = {
    session: session.id,
    project: jsonName(session.project),
    dryRun,
    committed: new Date(committed).toISOString(),
    restored: changes.map(undoneJson),
    warnings,
  }
  return { json, human: undoSummaryText(summary), errors: warnings.map((warning) => `warning: ${warning}`) }
}
