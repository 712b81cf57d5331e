import type { MountBackend } from '../mount/backend.js'
import { createBackends } from '../mount/backends.js'
import type { Ports } from '../os/ports.js'
import { detach } from './detach.js'
import { loadSession } from './find-session.js'
import { appendLog } from './log.js'
import { now } from './mount-record.js'
import { saveRecord } from './record-file.js'
import { refuseClosed } from './refuse-closed.js'
import { type Session, sessionOf } from './session.js'
import { lockState } from './session-lock.js'

export interface UnmountOptions {
  readonly backends?: readonly MountBackend[] | undefined
}

export interface UnmountedSession {
  readonly session: Session
  readonly wasMounted: boolean
}

/**
 * Unmounts a session; its upper stays. A session that is not mounted is only tidied up after.
 * @throws OverlayError `SESSION_BUSY` naming the processes that use it, `SESSION_CLOSED`, `NO_SUCH_SESSION`, `SESSION_CORRUPT`, `MOUNT_FAILED`
 */
export async function unmountSession(
  ports: Ports,
  { project, dir }: Session,
  options: UnmountOptions = {},
): Promise<UnmountedSession> {
  const lock = await lockState(ports.ops, dir)
  try {
    const session = loadSession(ports.ops, project, dir)
    refuseClosed(ports, session)
    const wasMounted = await detach(ports, options.backends ?? createBackends(ports), session)
    const record = { ...session.record, holder: undefined, lastSeen: now(ports) }
    if (wasMounted || session.record.holder !== undefined) saveRecord(ports.ops, lock.fd, record)
    if (wasMounted) await appendLog(ports.ops, dir, { at: now(ports), operation: 'unmount', details: {} })
    return { session: sessionOf(dir, record), wasMounted }
  } finally {
    lock.release()
  }
}
