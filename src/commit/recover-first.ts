import { OverlayError } from '../errors/overlay-error.js'
import type { Ports } from '../os/ports.js'
import type { Session } from '../session/session.js'
import { recoverCommit, recoverLocked } from './recover-commit.js'
import type { Recovery } from './types.js'

/** Whoever is about to look at a session brings a commit of it that was cut short to its end first. */
export interface RecoverFirst {
  readonly sync?: boolean
  /** Called once, when there was one. */
  readonly onRecovered?: ((recovery: Recovery) => void | Promise<void>) | undefined
}

/** For whoever holds the commit lock. @throws OverlayError as `recoverCommit` */
export async function recoverFirst(ports: Ports, session: Session, options: RecoverFirst): Promise<void> {
  const recovery = await recoverLocked(ports, session, options)
  if (recovery !== undefined) await options.onRecovered?.(recovery)
}

/** For whoever only looks: a commit that is still at work is no crash. @throws OverlayError as `recoverCommit`, but `ALREADY_COMMITTING` */
export async function recoverUnlessAtWork(ports: Ports, session: Session, options: RecoverFirst): Promise<void> {
  try {
    const recovery = await recoverCommit(ports, session, options)
    if (recovery !== undefined) await options.onRecovered?.(recovery)
  } catch (error) {
    if (!(error instanceof OverlayError) || error.code !== 'ALREADY_COMMITTING') throw error
  }
}
