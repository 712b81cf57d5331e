import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { removeTree } from '../os/remove-tree.js'
import { isErrno, SystemError } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { lockCommits } from '../session/commit-lock.js'
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
export function pruneLocked(
  { ops, machine }: Ports,
  session: Session,
  { keep, days }: UndoRetention,
  options: PruneOptions,
): PrunedUndo {
  const oldest = Number(machine.realtimeNs() / 1_000_000n) - days * dayMs
  return withDir(ops, session.dir, (dir) => {
    const ids = keptCommitIds(ops, dir)
    if (hasJournal(ops, dir)) return { commits: 0, bytes: 0, kept: ids.length }
    const old = ids.filter((id, index) => index >= keep || Number(id) < oldest)
    const bytes = withUndo(ops, dir, (undo) => remove(ops, undo, old, options)) ?? 0
    return { commits: old.length, bytes, kept: ids.length - old.length }
  })
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
