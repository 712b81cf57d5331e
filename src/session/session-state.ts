import type { Attachment } from '../mount/backend.js'
import { findMount, isServed } from '../mount/find-mount.js'
import type { Ports } from '../os/ports.js'
import { isHolderOf } from './holder-identity.js'
import { isClosed } from './is-closed.js'
import { sessionLayout } from './layout.js'
import { placeOf, type Session } from './session.js'

/**
 * - `unmounted`: it was unmounted, or never mounted.
 * - `holder-died`: the process that held the mount was killed.
 * - `server-died`: so was the one that served it by FUSE, and the dead mount is still there.
 * - `rebooted`: the machine was started anew since.
 * - `mount-gone`: the holder lives, but somebody unmounted behind its back.
 */
export type DetachedReason = 'unmounted' | 'holder-died' | 'server-died' | 'rebooted' | 'mount-gone'

export type SessionState =
  | { readonly state: 'attached'; readonly attachment: Attachment; readonly keeperDied: boolean }
  | { readonly state: 'detached'; readonly reason: DetachedReason; readonly message: string }
  /** A commit closed it: no mount, and nothing pending. */
  | { readonly state: 'closed' }

const messages: Readonly<Record<DetachedReason, string>> = {
  unmounted: 'unmounted',
  'holder-died': 'the process that held the mount has died; nothing is lost',
  'server-died':
    'the process that served it has died, and whoever uses it is told "Transport endpoint is not connected"; nothing that was written is lost',
  rebooted: 'the machine was restarted; nothing is lost',
  'mount-gone': 'somebody unmounted it; nothing is lost',
}

/** Whether a session is mounted now, from its holder's own table of mounts, or closed. Looks only. */
export function sessionState(ports: Ports, session: Session): SessionState {
  const state = mountState(ports, session)
  return state.state === 'detached' && isClosed(ports, session) ? { state: 'closed' } : state
}

function mountState(ports: Ports, session: Session): SessionState {
  const { ops, machine } = ports
  const { holder, backend } = session.record
  if (holder !== undefined && holder.bootId !== machine.bootId()) return detached('rebooted')
  if (
    holder !== undefined &&
    machine.processStart(holder.pid) === holder.startTime &&
    isHolderOf(ops, holder.pid, session)
  ) {
    if (findMount(machine, holder.pid, session.mountPoint) === undefined) return detached('mount-gone')
    return attached({ backend, holder, mountPoint: session.mountPoint }, false)
  }
  // A kernel mount outlives its holder, and a crash may come between the mount and the record of it.
  const { shadow } = sessionLayout(placeOf(session.dir, session.record))
  const mount = findMount(machine, 'self', shadow)
  if (mount !== undefined && isServed(mount)) return detached('server-died')
  if (mount !== undefined) {
    return attached({ backend: 'kernel', holder: undefined, mountPoint: shadow }, true)
  }
  return detached(holder === undefined ? 'unmounted' : 'holder-died')
}

function attached(attachment: Attachment, keeperDied: boolean): SessionState {
  return { state: 'attached', attachment, keeperDied }
}

function detached(reason: DetachedReason): SessionState {
  return { state: 'detached', reason, message: messages[reason] }
}
