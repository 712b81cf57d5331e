import { recoverCommit } from '../commit/recover-commit.js'
import type { Recovery } from '../commit/types.js'
import { OverlayError } from '../errors/overlay-error.js'
import type { BackendWish } from '../mount/choose-backend.js'
import type { FuseBinding } from '../mount/fuse/server-plan.js'
import type { Ports } from '../os/ports.js'
import { systemPorts } from '../os/system-ports.js'
import { jsonName } from '../paths/bytes.js'
import { hostPath } from '../paths/host-path.js'
import { type SessionId, sessionId } from '../paths/session-id.js'
import type { WasiRunner } from '../run/wasi-input.js'
import { attachSession } from '../session/attach-session.js'
import { createSession } from '../session/create-session.js'
import { findSession, type SessionScope, sessionDirs } from '../session/find-session.js'
import { isCutShort } from '../session/is-cut-short.js'
import { checkProject } from '../session/project.js'
import { logOperation } from './log-operation.js'
import { OpenedSession, type SessionOrigin } from './opened-session.js'
import type { GitSettings } from './session-diff.js'

export interface OpenSessionOptions {
  /** The real directory: an absolute path, in the form of `jsonName`. */
  readonly project: string
  /** The session of that name is attached, or made if there is none. Left out: a new session, its name made up. */
  readonly id?: string | undefined
  /** How to mount; `auto` unless told. */
  readonly backend?: BackendWish | undefined
  /** How to serve FUSE; whichever works unless told, which asks for the backend `fuse`. */
  readonly fuseBinding?: FuseBinding | undefined
  /** What to hide from the session, in gitignore's syntax. An attached session hides what it did, too. */
  readonly hide?: readonly string[] | undefined
  /**
   * An absolute path for sessions that cannot lie in their project, needed only for such: a project on a read-only or foreign file
   * system. `$XDG_STATE_HOME/openagentic/overlay` shares them with the command line.
   */
  readonly stateRoot?: string | undefined
  /** For `exec`. */
  readonly runner?: WasiRunner | undefined
  /** For `diff`. */
  readonly git?: GitSettings | undefined
  /** The real system unless told. */
  readonly ports?: Ports | undefined
  /** Ends what may take long: fingerprinting a project whose file system proves nothing by its times. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes a session and mounts it, or attaches the one of that id; a commit of it that was cut short is brought to its end
 * first. Reads neither the environment nor the home directory.
 * @throws OverlayError `PROJECT_INVALID`, `SESSION_ID_INVALID`, `PATH_INVALID`, `STATE_ROOT_NEEDED`, `STATE_DIR_INVALID`, `MOUNT_UNAVAILABLE`,
 * `MOUNT_FAILED`, `SESSION_BUSY`, `SESSION_CLOSED`, `SESSION_CORRUPT`, `USAGE` (a bad pattern, or more to hide from a session that is mounted),
 * `ALREADY_COMMITTING`, `JOURNAL_DAMAGED`, `COMMIT_FAILED`; what `createPorts` throws
 */
export async function openSession(options: OpenSessionOptions): Promise<OpenedSession> {
  const ports = options.ports ?? systemPorts()
  const stateRoot = options.stateRoot === undefined ? undefined : hostPath(options.stateRoot)
  const scope = { project: checkProject(ports, hostPath(options.project)), stateRoot }
  const id = options.id === undefined ? undefined : sessionId(options.id)
  const { runner, git } = options
  const origin = await attachOrCreate(ports, scope, id, options)
  return new OpenedSession(origin, { ports, runner, git })
}

async function attachOrCreate(
  ports: Ports,
  scope: SessionScope,
  id: SessionId | undefined,
  options: OpenSessionOptions,
): Promise<SessionOrigin> {
  if (id === undefined) return await create(ports, scope, id, options)
  if (sessionDirs(ports.ops, scope).has(id)) return await attach(ports, scope, id, options)
  try {
    return await create(ports, scope, id, options)
  } catch (error) {
    // Somebody else has made it in between.
    if (!(error instanceof OverlayError) || error.code !== 'SESSION_EXISTS') throw error
    return await attach(ports, scope, id, options)
  }
}

async function create(
  ports: Ports,
  scope: SessionScope,
  id: SessionId | undefined,
  { backend, fuseBinding, hide, signal }: OpenSessionOptions,
): Promise<SessionOrigin> {
  const { session, movedBecause, rejected, limits } = await createSession(ports, {
    ...scope,
    id,
    backend,
    fuseBinding,
    hide,
    signal,
  })
  const moved =
    movedBecause === undefined ? [] : [`its changes are kept in ${jsonName(session.layers)}: ${movedBecause}`]
  return { session, created: true, wasMounted: false, recovered: undefined, rejected, notes: [...moved, ...limits] }
}

async function attach(
  ports: Ports,
  scope: SessionScope,
  id: SessionId,
  { backend, fuseBinding, hide }: OpenSessionOptions,
): Promise<SessionOrigin> {
  const found = findSession(ports, { ...scope, id })
  const recovered = isCutShort(ports, found) ? await recoverCommit(ports, found) : undefined
  if (recovered !== undefined) await logOperation(ports, found, 'recover', recoveryDetails(recovered))
  const { session, wasMounted, rejected, limits } = await attachSession(ports, found, { backend, fuseBinding, hide })
  return { session, created: false, wasMounted, recovered, rejected, notes: limits }
}

function recoveryDetails({ outcome, kind, conflicts, kept }: Recovery): Record<string, unknown> {
  return { outcome, kind, conflicts: conflicts.length, ...(kept === undefined ? {} : { kept }) }
}
