import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { removeTree } from '../os/remove-tree.js'
import { isErrno, SystemError } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { lockCommits } from '../session/commit-lock.js'
import { isClosed } from '../session/is-closed.js'
import { withDir } from '../session/open-dirs.js'
import { readProjectConfig } from '../session/project-config.js'
import type { Session } from '../session/session.js'
import { freedBy } from './freed-by.js'
import { undoName } from './journal/journal-directory.js'
import { hasJournal } from './journal/read-journal.js'
import { keptCommitIds } from './kept-commits.js'
import type { CommitOptions, UndoRetention } from './types.js'

export interface PrunedUndo {
  /** Commits whose data went. */
  readonly commits: number
  /** Of disk that came free. */
  readonly bytes: number
  /** Commits whose data is still there. */
  readonly kept: number
}

const dayMs = 86_400_000

/** A commit's directory on its way out: no command takes it for one that can be undone. */
const gonePrefix = '.gone-'

/**
 * Removes what old commits displaced: of all but the newest `keep`, and of those that are older than `days`. What was rescued from a commit
 * that could not be put back cleanly stays, and so does everything while a commit that was cut short waits for its recovery.
 * The commit that closed a session keeps all that the session held: it goes together with it, by `discardExpired`.
 * @param retention as the project's `config.json` says unless given
 * @throws OverlayError `ALREADY_COMMITTING`, `MOUNT_BELOW`, `CONFIG_INVALID`; SystemError
 */
export function pruneUndo(ports: Ports, session: Session, retention?: UndoRetention): PrunedUndo {
  const lock = lockCommits(ports.ops, session.project)
  try {
    return pruneLocked(ports, session, retention ?? configured(ports, session), { sync: true, measure: freedBy })
  } finally {
    lock.release()
  }
}

export interface PruneOptions {
  readonly sync: boolean
  /** Bytes that come free with a directory. */
  readonly measure: (ops: FileOps, dir: Fd) => number
}

/** {@link pruneUndo} for whoever holds the lock. */
function pruneLocked(ports: Ports, session: Session, retention: UndoRetention, options: PruneOptions): PrunedUndo {
  const { ops } = ports
  return withDir(ops, session.dir, (dir) => {
    const { all, expired } = expiredCommits(ports, session, retention)
    if (hasJournal(ops, dir)) return { commits: 0, bytes: 0, kept: all.length }
    const old = isClosed(ports, session) ? expired.filter((id) => id !== all[0]) : expired
    const bytes = withUndo(ops, dir, (undo) => remove(ops, undo, old, options)) ?? 0
    return { commits: old.length, bytes, kept: all.length - old.length }
  })
}

/** Ids of the session's commits, the newest first, and those of them that the retention does not keep. */
export function expiredCommits(
  ports: Ports,
  session: Session,
  retention?: UndoRetention,
): { readonly all: readonly string[]; readonly expired: readonly string[] } {
  const { keep, days } = retention ?? configured(ports, session)
  const oldest = Number(ports.machine.realtimeNs() / 1_000_000n) - days * dayMs
  const all = withDir(ports.ops, session.dir, (dir) => keptCommitIds(ports.ops, dir))
  return { all, expired: all.filter((id, index) => index >= keep || Number(id) < oldest) }
}

function configured({ ops }: Ports, { project }: Session): UndoRetention {
  return readProjectConfig(ops, project).undo
}

/** What is in the way of it does not make the commit any less done. Returns warnings. */
export function pruneAfterCommit(
  ports: Ports,
  session: Session,
  { dryRun = false, sync = true, undo }: CommitOptions,
): string[] {
  if (dryRun) return []
  try {
    pruneLocked(ports, session, undo ?? configured(ports, session), { sync, measure: () => 0 })
    return []
  } catch (error) {
    if (!(error instanceof OverlayError || error instanceof SystemError)) throw error
    return [`What older commits displaced could not be removed: ${error.message}`]
  }
}

/** Each leaves in one step, so that no crash makes a commit of which a part can be undone. Returns bytes. */
function remove(ops: FileOps, undo: Fd, ids: readonly string[], options: PruneOptions): number {
  const leftBefore = removeGone(ops, undo, options)
  if (ids.length === 0) return leftBefore
  for (const id of ids) ops.rename(undo, id as ByteString, undo, `${gonePrefix}${id}` as ByteString, 'noreplace')
  if (options.sync) ops.fsync(undo)
  return leftBefore + removeGone(ops, undo, options)
}

function removeGone(ops: FileOps, undo: Fd, { measure }: PruneOptions): number {
  let bytes = 0
  for (const { name } of ops.scanDir(undo)) {
    if (!name.startsWith(gonePrefix)) continue
    const dir = ops.openDir(undo, name as string as RelPath)
    try {
      bytes += measure(ops, dir)
    } finally {
      ops.close(dir)
    }
    removeTree(ops, undo, name)
  }
  return bytes
}

function withUndo<T>(ops: FileOps, dir: Fd, use: (undo: Fd) => T): T | undefined {
  let undo: Fd
  try {
    undo = ops.openDir(dir, undoName as RelPath)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
  try {
    const result = use(undo)
    if (ops.scanDir(undo).length === 0) ops.rmdir(dir, undoName)
    return result
  } finally {
    ops.close(undo)
  }
}
