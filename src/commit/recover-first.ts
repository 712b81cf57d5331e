import { OverlayError } from '../errors/overlay-error.js'
import type { Ports } from '../os/ports.js'
import { isCutShort } from '../session/is-cut-short.js'
import type { Session } from '../session/session.js'
import type { Recovery } from './types.js'

/** Whoever is about to look at a session brings a commit of it that was cut short to its end first. */
export interface RecoverFirst {
  readonly sync?: boolean
  /** Called once, when there was one. */
  readonly onRecovered?: ((recovery: Recovery) => void | Promise<void>) | undefined
}

/** For whoever holds the commit lock. @throws OverlayError as `recoverCommit` */
export async function recoverFirst(ports: Ports, session: Session, options: RecoverFirst): Promise<void> {
  if (!isCutShort(ports, session)) return
  const { recoverLocked } = await import('./recover-commit.js')
  const recovery = await recoverLocked(ports, session, options)
  if (recovery !== undefined) await options.onRecovered?.(recovery)
}

/** For whoever only looks: a commit that is still at work is no crash. @throws OverlayError as `recoverCommit`, but `ALREADY_COMMITTING` */
export async function recoverUnlessAtWork(ports: Ports, session: Session, options: RecoverFirst): Promise<void> {
  if (!isCutShort(ports, session)) return
  const { recoverCommit } = await import('./recover-commit.js')
  try {
    const recovery = await recoverCommit(ports, session, options)
    if (recovery !== undefined) await options.onRecovered?.(recovery)
  } catch (error) {
    if (!(error instanceof OverlayError) || error.code !== 'ALREADY_COMMITTING') throw error
  }
}
