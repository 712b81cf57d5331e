import { OverlayError, recoverCommit, type Session } from '../index.js'
import type { CommandContext } from './context.js'
import { tellRecovery } from './tell-recovery.js'

/**
 * Brings a commit of the session that was cut short to its end, before the command does anything else with it, and says so.
 * @throws OverlayError `ALREADY_COMMITTING` with `refuse`; `JOURNAL_DAMAGED`, `COMMIT_FAILED`
 */
export async function recoverFirst(
  context: CommandContext,
  session: Session,
  whileCommitting: 'refuse' | 'go-on',
): Promise<void> {
  try {
    const recovery = await recoverCommit(context.ports, session)
    if (recovery !== undefined) await tellRecovery(context, session)(recovery)
  } catch (error) {
    if (whileCommitting === 'refuse' || !isAtWork(error)) throw error
  }
}

function isAtWork(error: unknown): boolean {
  return error instanceof OverlayError && error.code === 'ALREADY_COMMITTING'
}
