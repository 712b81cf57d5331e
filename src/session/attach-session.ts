import { OverlayError } from '../errors/overlay-error.js'
import type { Attachment, MountBackend } from '../mount/backend.js'
import { createBackends } from '../mount/backends.js'
import { type BackendWish, noBackend, type Rejected } from '../mount/choose-backend.js'
import type { FuseBinding } from '../mount/fuse/server-plan.js'
import { startKeeper } from '../mount/holder-process.js'
import type { Ports } from '../os/ports.js'
import type { RelPath } from '../paths/byte-string.js'
import { jsonName } from '../paths/bytes.js'
import { currentState } from './current-state.js'
import { endStaleHolder } from './detach.js'
import { findRedirect } from './find-redirect.js'
import { loadSession } from './find-session.js'
import { expandHidePatterns, outermost } from './hide-patterns.js'
import { appendLog } from './log.js'
import { placeMasks } from './masks.js'
import { attachedRecord, mountRecord, now, planOf } from './mount-record.js'
import { saveRecord } from './record-file.js'
import { refuseClosed } from './refuse-closed.js'
import { type Session, sessionOf } from './session.js'
import { readOwnership, sessionLimits } from './session-limits.js'
import { type HeldLock, lockState } from './session-lock.js'
import type { SessionRecord } from './session-record.js'
import { wishFor } from './wish-for.js'

export interface AttachOptions {
  readonly backend?: BackendWish | undefined
  /** As with `createSession`. */
  readonly fuseBinding?: FuseBinding | undefined
  /** More patterns, for a session that is not mounted. */
  readonly hide?: readonly string[] | undefined
  readonly backends?: readonly MountBackend[] | undefined
}

export interface AttachedSession {
  readonly session: Session
  /** It was mounted already, and nothing was done but perhaps to give it a new keeper. */
  readonly wasMounted: boolean
  readonly rejected: readonly Rejected[]
  /** Paths hidden from now on: they match the session's patterns and were not there before. */
  readonly newlyHidden: readonly RelPath[]
  /** What the session cannot do that its user may expect, in sentences. */
  readonly limits: readonly string[]
}

/**
 * Mounts a session that exists, unless it is mounted.
 * @throws OverlayError `MOUNT_UNAVAILABLE`, `SESSION_BUSY`, `SESSION_CLOSED`, `NO_SUCH_SESSION`, `SESSION_CORRUPT`, `USAGE`
 */
export async function attachSession(
  ports: Ports,
  { project, dir }: Session,
  options: AttachOptions = {},
): Promise<AttachedSession> {
  const lock = await lockState(ports.ops, dir)
  try {
    const session = loadSession(ports.ops, project, dir)
    refuseClosed(ports, session)
    const state = await currentState(ports, session)
    if (state.state === 'attached') return await stillAttached(ports, lock, session, state.attachment, options)
    await endStaleHolder(ports, session)
    return await mountAgain(ports, lock, session, options)
  } finally {
    lock.release()
  }
}

async function mountAgain(
  ports: Ports,
  lock: HeldLock,
  session: Session,
  options: AttachOptions,
): Promise<AttachedSession> {
  const { ops } = ports
  const ownership = readOwnership(ops, session.project)
  const masked = await maskAgain(ports, session, options.hide ?? [])
  const wish = wishFor(options)
  const { family } = masked.record
  const mounted = await mountRecord(ports, {
    backends: options.backends ?? createBackends(ports, options.fuseBinding),
    wish,
    family,
    redirect: masked.record.servedByFuse && family === 'user' ? findRedirect(ops, session.upper, family) : undefined,
    dir: session.dir,
    dirFd: lock.fd,
    record: masked.record,
  })
  if (mounted.session === undefined) throw noBackend(wish, mounted.rejected)
  const { backend } = mounted.session.record
  const details = { backend, hidden: masked.newlyHidden.map(jsonName) }
  await appendLog(ops, session.dir, { at: now(ports), operation: 'mount', details })
  const limits = [...sessionLimits(backend, ownership), ...mounted.limits]
  const { session: attached, rejected } = mounted
  return { session: attached, wasMounted: false, rejected, newlyHidden: masked.newlyHidden, limits }
}

/** What matches the patterns by now is hidden too. A mask stays one for good: the session has not seen what is there. */
async function maskAgain(
  { ops }: Ports,
  { project, layers, record }: Session,
  more: readonly string[],
): Promise<{ readonly record: SessionRecord; readonly newlyHidden: RelPath[] }> {
  const hide = [...new Set([...record.hide, ...more])]
  const known = new Set(record.masks)
  const hidden = outermost(await expandHidePatterns(ops, project, hide)).filter((path) => !known.has(path))
  const placed = placeMasks(ops, { project, layers, hidden })
  const newlyHidden = placed.filter((path) => !known.has(path))
  return { record: { ...record, hide, masks: [...record.masks, ...newlyHidden] }, newlyHidden }
}

async function stillAttached(
  ports: Ports,
  lock: HeldLock,
  session: Session,
  attachment: Attachment,
  options: AttachOptions,
): Promise<AttachedSession> {
  const { record, dir } = session
  if (options.hide?.some((pattern) => !record.hide.includes(pattern)) === true) {
    throw new OverlayError(
      'USAGE',
      `Expected session "${session.id}" to be unmounted to hide more from it, found it mounted`,
      {
        hint: `\`openagentic-overlay unmount ${session.id}\` first.`,
      },
    )
  }
  const holder = attachment.holder ?? (await newKeeper(ports, session))
  const kept = attachedRecord(ports, record, { ...attachment, holder }, record.family)
  if (holder?.pid !== record.holder?.pid) saveRecord(ports.ops, lock.fd, kept)
  return { session: sessionOf(dir, kept), wasMounted: true, rejected: [], newlyHidden: [], limits: [] }
}

/** A kernel mount outlives its holder, but nothing keeps the session locked then. */
async function newKeeper(ports: Ports, { dir, record }: Session): Promise<Attachment['holder']> {
  const keeper = await startKeeper(ports.holder, ports.machine, planOf(dir, record))
  if (!('step' in keeper)) return keeper
  throw new OverlayError(
    'SESSION_BUSY',
    `Expected to lock session "${record.id}": ${keeper.step} failed with ${keeper.errno}`,
    {
      hint: 'Another command is changing it; try again.',
    },
  )
}
