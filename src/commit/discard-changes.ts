import type { Change } from '../changeset/change.js'
import type { Ports } from '../os/ports.js'
import type { RelPath } from '../paths/byte-string.js'
import { lockCommits } from '../session/commit-lock.js'
import { discardPaths } from '../session/discard-paths.js'
import { refuseClosed } from '../session/refuse-closed.js'
import type { Session } from '../session/session.js'
import { selectByPath } from './choose-changes.js'
import { findDependencies } from './dependencies.js'
import { findMoves } from './find-moves.js'
import { lookAgain } from './look-again.js'
import { recoverFirst, recoverUnlessAtWork } from './recover-first.js'
import { reviewView } from './review-session.js'
import { openSessionView } from './session-view.js'
import type { Recovery } from './types.js'

export interface DiscardChangesOptions {
  /** Only these, and what cannot stand without them. */
  readonly paths: readonly RelPath[]
  /** Tells what would be dropped, and changes nothing. */
  readonly dryRun?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** A commit of the session had been cut short, and was brought to its end first. */
  readonly onRecovered?: ((recovery: Recovery) => void | Promise<void>) | undefined
}

/**
 * Makes a session forget its changes to some paths, and those that cannot stand without them (the other end of a rename,
 * what lies in a directory that goes). A mounted session is unmounted for it and mounted again. Returns what was dropped.
 * @throws OverlayError as `discardPaths`, and `ALREADY_COMMITTING`, `SESSION_CLOSED`, `UPPER_FORGED`, `ABORTED`; `JOURNAL_DAMAGED` and `COMMIT_FAILED` as
 * `recoverCommit`
 */
export async function discardChanges(
  ports: Ports,
  session: Session,
  options: DiscardChangesOptions,
): Promise<readonly Change[]> {
  const { onRecovered } = options
  if (options.dryRun === true) {
    await recoverUnlessAtWork(ports, session, { onRecovered })
    refuseClosed(ports, session)
    return await findDropped(ports, session, options)
  }
  const lock = lockCommits(ports.ops, session.project)
  try {
    await recoverFirst(ports, session, { onRecovered })
    refuseClosed(ports, session)
    const dropped = await findDropped(ports, session, options)
    await discardPaths(
      ports,
      session,
      dropped.map(({ path }) => path),
    )
    return dropped
  } finally {
    lock.release()
  }
}

async function findDropped(
  ports: Ports,
  session: Session,
  { paths, signal }: DiscardChangesOptions,
): Promise<readonly Change[]> {
  const view = await openSessionView(ports, session, signal)
  try {
    const { changeSet } = await lookAgain(view, () => reviewView(view, { signal }))
    const { changes, redirects } = changeSet
    const moves = await findMoves(view, changeSet)
    const gone = findDependencies(changes, redirects, moves).closeDropped(selectByPath(changes, paths))
    return changes.filter((change) => gone.has(change))
  } finally {
    view.close()
  }
}
