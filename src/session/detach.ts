import { OverlayError } from '../errors/overlay-error.js'
import type { Attachment, MountBackend } from '../mount/backend.js'
import { backendNamed } from '../mount/backends.js'
import { findMount, isServed } from '../mount/find-mount.js'
import { endProcess } from '../mount/holder-process.js'
import { saidByKernel } from '../mount/probe-reasons.js'
import { removeShadow } from '../mount/shadow.js'
import type { FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { bytesFromText } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { busySession, sessionUsers } from './busy-session.js'
import { currentState } from './current-state.js'
import { isHolderOf } from './holder-identity.js'
import { sessionLayout } from './layout.js'
import { withDir, withDirIfAny } from './open-dirs.js'
import { placeOf, type Session } from './session.js'

/**
 * Unmounts a session if it is mounted, for whoever holds the state lock. Afterwards no holder and no shadow is left.
 * Returns whether it was mounted.
 * @throws OverlayError `SESSION_BUSY`, `MOUNT_FAILED`
 */
export async function detach(ports: Ports, backends: readonly MountBackend[], session: Session): Promise<boolean> {
  const state = await currentState(ports, session)
  const { shadow } = sessionLayout(placeOf(session.dir, session.record))
  if (state.state === 'attached') {
    await detachMounted(ports, backends, session, state.attachment)
    return true
  }
  await endStaleHolder(ports, session)
  removeShadow(ports.ops, shadow)
  return false
}

/** Ends a holder that has lost its mount, as it still keeps the lock; and takes a mount away that has lost its server. */
export async function endStaleHolder(ports: Ports, session: Session): Promise<void> {
  clearDeadMount(ports, session)
  const { holder } = session.record
  if (holder === undefined || holder.bootId !== ports.machine.bootId()) return
  const isAlive = ports.machine.processStart(holder.pid) === holder.startTime
  if (isAlive && isHolderOf(ports.ops, holder.pid, session)) await endProcess(ports.machine, holder)
}

/** Lazily: who still uses it keeps getting errors, and nobody else does. */
function clearDeadMount({ fuse, machine }: Ports, session: Session): void {
  const { shadow } = sessionLayout(placeOf(session.dir, session.record))
  const mount = findMount(machine, 'self', shadow)
  if (mount === undefined || !isServed(mount)) return
  const failure = fuse.unmount(shadow, true)
  if (failure === undefined) return
  throw new OverlayError(
    'MOUNT_FAILED',
    `Expected to take away what session "${session.id}" left mounted: ${saidByKernel({ step: 'unmount', ...failure })}`,
    { path: quoteName(shadow), hint: 'Unmount it: `fusermount3 -u -z`, or `umount -l` as root.' },
  )
}

async function detachMounted(
  ports: Ports,
  backends: readonly MountBackend[],
  session: Session,
  attachment: Attachment,
): Promise<void> {
  // A process in another mount namespace does not keep the kernel from unmounting here, but goes on writing.
  const users = sessionUsers(ports.machine, attachment)
  if (users.length > 0) throw busySession(session, users)
  const { shadow } = sessionLayout(placeOf(session.dir, session.record))
  const outcome = await backendNamed(backends, attachment.backend).detach(attachment, { shadow })
  if (outcome.detached) {
    giveBackWork(ports.ops, session)
    return
  }
  if (outcome.refusal.errno === 'EBUSY') throw busySession(session, sessionUsers(ports.machine, attachment))
  throw new OverlayError(
    'MOUNT_FAILED',
    `Expected to unmount session "${session.id}": ${saidByKernel(outcome.refusal)}`,
    {
      path: quoteName(session.merged),
      hint: 'See `openagentic-overlay doctor`.',
    },
  )
}

/** The kernel makes `work/work` as whoever mounts: after root, the session's owner could not remove it. */
function giveBackWork(ops: FileOps, { dir, work }: Session): void {
  const owner = withDir(ops, dir, (fd) => ops.statFd(fd))
  withDirIfAny(ops, work, (fd) => {
    const name = bytesFromText('work')
    const made = ops.stat(fd, name)
    if (made !== undefined && made.uid !== owner.uid) ops.setOwner(fd, name, owner.uid, owner.gid)
  })
}
