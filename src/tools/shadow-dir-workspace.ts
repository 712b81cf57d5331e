import { commitSession } from '../commit/commit-session.js'
import { type ReviewOptions, reviewSession } from '../commit/review-session.js'
import type { CommitOptions } from '../commit/types.js'
import { OverlayError } from '../errors/overlay-error.js'
import type { Ports } from '../os/ports.js'
import { systemPorts } from '../os/system-ports.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { jsonName } from '../paths/bytes.js'
import { leadsToOverlayDir, overlayDirName } from '../paths/overlay-dir.js'
import { quoteName } from '../paths/quote-name.js'
import { discardSession } from '../session/discard-session.js'
import { loadSession } from '../session/find-session.js'
import type { Session } from '../session/session.js'
import { sessionState } from '../session/session-state.js'
import { dirFiles } from '../workspace/dir-files.js'
import { sameRoot } from '../workspace/root-identity.js'
import type { DirectoryWorkspace, WorkspaceCalls, WorkspaceEntry, WorkspaceStat } from '../workspace/workspace.js'
import { chosenPaths } from './chosen-paths.js'
import { logOperation } from './log-operation.js'
import { reportChanges, reportCommit, type SessionChanges, type SessionCommit } from './session-report.js'

export interface ShadowDirWorkspaceOptions {
  /** The real system unless told. */
  readonly ports?: Ports | undefined
  /** Most bytes that a file may hold to be read or written; 256 MiB unless told. */
  readonly fileLimitBytes?: number | undefined
}

/** As `CommitOptions`, with paths as text: relative to the project, in the form of `jsonName`. */
export interface SessionCommitOptions extends Omit<CommitOptions, 'paths'> {
  readonly paths?: readonly string[]
}

/**
 * A session's merged directory: the project's files, written to the session alone until they are committed. Nothing is held open between two calls, and writes do
 * not wait for the disk.
 *
 * The calls on files fail with `SESSION_NOT_MOUNTED`, never on what lies below the mount, when the session is detached; once it is attached again
 * they go on.
 */
export class ShadowDirWorkspace implements DirectoryWorkspace {
  readonly directory: string
  readonly #session: Session
  readonly #ports: Ports
  readonly #files: WorkspaceCalls

  constructor(session: Session, { ports = systemPorts(), fileLimitBytes = 2 ** 28 }: ShadowDirWorkspaceOptions = {}) {
    const { ops } = ports
    this.directory = jsonName(session.merged)
    this.#session = session
    this.#ports = ports
    const openRoot = sameRoot(ops, session.merged, () => this.#checkMounted())
    this.#files = dirFiles(ops, { openRoot, refuse: refuseMask, fileLimitBytes, sync: false })
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#files.readFile(path)
  }

  writeFile(path: string, data: Uint8Array): Promise<void> {
    return this.#files.writeFile(path, data)
  }

  deleteFile(path: string): Promise<void> {
    return this.#files.deleteFile(path)
  }

  stat(path: string): Promise<WorkspaceStat> {
    return this.#files.stat(path)
  }

  listDir(path: string): Promise<WorkspaceEntry[]> {
    return this.#files.listDir(path)
  }

  /** What a commit would find. @throws OverlayError as `reviewSession` */
  async changes(options: ReviewOptions = {}): Promise<SessionChanges> {
    return reportChanges(await reviewSession(this.#ports, this.#current(), options))
  }

  /** Carries the changes over to the project: all that are asked for, or on an error none. @throws OverlayError as `commitSession` */
  async commit(options: SessionCommitOptions = {}): Promise<SessionCommit> {
    const { paths, ...rest } = options
    const session = this.#current()
    const summary = await commitSession(this.#ports, session, { ...rest, paths: chosenPaths(paths) })
    const { applied, pending, dropped, conflicts } = summary
    const counts = { applied: applied.length, pending: pending.length, dropped: dropped.length }
    if (!summary.dryRun) await logOperation(this.#ports, session, 'commit', { ...counts, conflicts: conflicts.length })
    return reportCommit(summary)
  }

  /** Drops the session with all its changes, for good. @throws OverlayError as `discardSession` */
  async discard(): Promise<void> {
    await discardSession(this.#ports, this.#current())
  }

  /** @throws OverlayError `SESSION_NOT_MOUNTED`, `NO_SUCH_SESSION` */
  #checkMounted(): void {
    const session = this.#current()
    const state = sessionState(this.#ports, session)
    if (state.state === 'attached') return
    const why = state.state === 'closed' ? 'its last commit closed it' : state.message
    throw new OverlayError('SESSION_NOT_MOUNTED', `Expected session "${session.id}" to be mounted: ${why}`, {
      path: quoteName(session.merged),
      hint: 'Attach it again with `openSession` or `openagentic-overlay mount`; its changes are safe.',
    })
  }

  /** A commit may have mounted it anew. */
  #current(): Session {
    return loadSession(this.#ports.ops, this.#session.project, this.#session.dir)
  }
}

/** A commit never takes what lies there, so nothing is to be written there. */
function refuseMask(path: RelPath): string | undefined {
  const [first = ''] = path.split('/')
  return leadsToOverlayDir(first as ByteString) ? `sessions lie in ${overlayDirName}` : undefined
}
