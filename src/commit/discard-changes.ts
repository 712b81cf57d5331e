import type { Change } from '../changeset/change.js'
import type { Ports } from '../os/ports.js'
import type { RelPath } from '../paths/byte-string.js'
import { attachSession } from '../session/attach-session.js'
import { lockCommits } from '../session/commit-lock.js'
import type { Session } from '../session/session.js'
import { sessionState } from '../session/session-state.js'
import { unmountSession } from '../session/unmount-session.js'
import { selectByPath } from './choose-changes.js'
import { findDependencies } from './dependencies.js'
import { dropFromUpper } from './drop-from-upper.js'
import { planDrop } from './plan-drop.js'
import { reviewView } from './review-session.js'
import { openSessionView, type SessionView } from './session-view.js'

export interface DiscardChangesOptions {
  /** Only these, and what cannot stand without them. */
  readonly paths: readonly RelPath[]
  /** Tells what would be dropped, and changes nothing. */
  readonly dryRun?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes a session forget its changes to some paths, so that they show the project's own again. overlayfs must not see its
 * upper change, so a mounted session is unmounted meanwhile and mounted again. Returns the changes that were dropped.
 * @throws OverlayError `NO_SUCH_CHANGE`, `CHANGES_ENTANGLED`, `SESSION_BUSY` while somebody uses merged,
 * `ALREADY_COMMITTING`, `UPPER_FORGED`, `ABORTED`
 */
export async function discardChanges(
  ports: Ports,
  session: Session,
  options: DiscardChangesOptions,
): Promise<readonly Change[]> {
  if (options.dryRun === true) return await drop(ports, session, options)
  const lock = lockCommits(ports.ops, session.project)
  try {
    if (sessionState(ports, session).state === 'detached') return await drop(ports, session, options)
    await unmountSession(ports, session)
    try {
      return await drop(ports, session, options)
    } finally {
      await attachSession(ports, session, { backend: session.record.backend })
    }
  } finally {
    lock.release()
  }
}

async function drop(ports: Ports, session: Session, options: DiscardChangesOptions): Promise<readonly Change[]> {
  const view = await openSessionView(ports, session, options.signal)
  try {
    return await dropIn(view, options)
  } finally {
    view.close()
  }
}

async function dropIn(view: SessionView, { paths, dryRun, signal }: DiscardChangesOptions): Promise<readonly Change[]> {
  const { changeSet, judged } = await reviewView(view, { signal })
  const { changes, redirects } = changeSet
  const gone = findDependencies(changes, redirects).closeDropped(selectByPath(judged, paths))
  const [dropped, kept] = [changes.filter((change) => gone.has(change)), changes.filter((change) => !gone.has(change))]
  const plan = planDrop(view, dropped, kept)
  if (dryRun !== true) dropFromUpper(view, plan, kept)
  return dropped
}
