import { appendLog, type Recovery, type Session, SystemError } from '../index.js'
import type { CommandContext } from './context.js'
import { operationTime } from './operation-time.js'
import { type RecoveredSession, recoveryNotes, recoveryWarnings } from './render/recovery.js'

/** Also for a commit that was cut short since the command recovered, and that it came upon itself. */
export function tellRecovery(context: CommandContext, session: Session): (recovery: Recovery) => Promise<void> {
  return (recovery) => tell(context, { session, recovery })
}

/** For the log of the session. */
export async function logRecovery(context: CommandContext, { session, recovery }: RecoveredSession): Promise<void> {
  const { outcome, kind, conflicts, kept } = recovery
  const details = { outcome, kind, conflicts: conflicts.length, ...(kept === undefined ? {} : { kept }) }
  try {
    await appendLog(context.ports.ops, session.dir, { at: operationTime(context), operation: 'recover', details })
  } catch (error) {
    // On a full disk a recovery succeeds.
    if (!(error instanceof SystemError)) throw error
    await context.err(`warning: the log does not have it: ${error.message}\n`)
  }
}

/** At once: the command may ask, stream, or fail. */
async function tell(context: CommandContext, recovered: RecoveredSession): Promise<void> {
  context.recovered.push(recovered)
  const lines = [...(context.globals.quiet ? [] : recoveryNotes(recovered)), ...recoveryWarnings(recovered)]
  context.progress.clear()
  for (const line of lines) await context.err(`${line}\n`)
  await logRecovery(context, recovered)
}
