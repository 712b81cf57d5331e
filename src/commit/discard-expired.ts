import type { Ports } from '../os/ports.js'
import { lockCommits } from '../session/commit-lock.js'
import { type DiscardOptions, discardSession } from '../session/discard-session.js'
import { isClosed } from '../session/is-closed.js'
import type { Session } from '../session/session.js'
import { expiredCommits } from './prune-undo.js'
import type { UndoRetention } from './types.js'

/**
 * Removes a closed session once its last commit is kept no longer. Nobody can undo that commit, and so open the session, meanwhile.
 * @param retention as the project's `config.json` says unless given
 * @returns `false` where it stays: it is open, or can still be undone
 * @throws OverlayError `ALREADY_COMMITTING`, `CONFIG_INVALID`, and as `discardSession`
 */
export async function discardExpired(
  ports: Ports,
  session: Session,
  retention?: UndoRetention,
  options?: DiscardOptions,
): Promise<boolean> {
  const lock = lockCommits(ports.ops, session.project)
  try {
    if (!isClosed(ports, session)) return false
    const { all, expired } = expiredCommits(ports, session, retention)
    if (expired.length < all.length) return false
    await discardSession(ports, session, options)
    return true
  } finally {
    lock.release()
  }
}
