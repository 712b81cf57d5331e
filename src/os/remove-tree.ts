import { OverlayError } from '../errors/overlay-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { joinRel } from '../paths/rel-path.js'
import { createDirLadder } from './dir-ladder.js'
import type { EntryStat } from './entry-stat.js'
import type { Fd, FileOps, ScannedEntry } from './file-ops.js'
import { isErrno } from './system-error.js'

/**
 * Removes the entry `name` of `dir` with all below it; nothing when there is none. No link is followed. Directories without
 * permissions (overlayfs' own `work/work`) get them first.
 * @throws OverlayError `MOUNT_BELOW` when anything is mounted at or below it; nothing has been removed then
 * @throws SystemError
 */
export function removeTree(ops: FileOps, dir: Fd, name: ByteString): void {
  const stat = ops.stat(dir, name)
  if (stat === undefined) return
  const { mountId } = ops.statFd(dir)
  const refuseMount = (found: EntryStat, path: RelPath): void => {
    if (found.mountId !== mountId) throw mountBelow(path)
  }
  refuseMount(stat, name as RelPath)
  if (stat.type !== 'dir') {
    unlink(ops, dir, name)
    return
  }
  traverse(ops, dir, name, stat, {
    meet: (_dir, entry, path) => refuseMount(entry.stat, path),
    leave: (fd, left, { mode }) => {
      if (isClosed(mode)) ops.setMode(fd, left, mode)
    },
  })
  traverse(ops, dir, name, stat, {
    meet: (fd, entry) => {
      if (entry.stat.type !== 'dir') unlink(ops, fd, entry.name)
    },
    leave: (fd, left, _stat, failed) => {
      if (!failed) ops.rmdir(fd, left)
    },
  })
}

interface Visitor {
  /** Each entry, before what it holds. */
  meet(dir: Fd, entry: ScannedEntry, path: RelPath): void
  /** Each directory that was entered, after what it holds; with `failed` on the way out of an error. */
  leave(dir: Fd, name: ByteString, stat: EntryStat, failed: boolean): void
}

interface Level {
  readonly name: ByteString
  readonly stat: EntryStat
  readonly entries: ScannedEntry[]
}

function traverse(ops: FileOps, dir: Fd, name: ByteString, stat: EntryStat, visitor: Visitor): void {
  const ladder = createDirLadder(ops, dir)
  const levels: Level[] = []
  const enter = (child: ByteString, childStat: EntryStat): void => {
    try {
      if (isClosed(childStat.mode)) ops.setMode(ladder.fd(), child, childStat.mode | 0o700)
      ladder.down(child)
    } catch (error) {
      throw isErrno(error, 'EXDEV') ? mountBelow(joinRel(ladder.path, child), error) : error
    }
    levels.push({ name: child, stat: childStat, entries: ops.scanDir(ladder.fd()) })
  }
  const leave = (level: Level, failed: boolean): void => {
    levels.pop()
    ladder.up()
    visitor.leave(ladder.fd(), level.name, level.stat, failed)
  }
  try {
    enter(name, stat)
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const entry = level.entries.pop()
      if (entry === undefined) leave(level, false)
      else {
        visitor.meet(ladder.fd(), entry, joinRel(ladder.path, entry.name))
        if (entry.stat.type === 'dir') enter(entry.name, entry.stat)
      }
    }
  } catch (error) {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) leave(level, true)
    throw error
  } finally {
    ladder.close()
  }
}

/** Whether its owner could not list and empty a directory. */
function isClosed(mode: number): boolean {
  return (mode & 0o700) !== 0o700
}

function unlink(ops: FileOps, dir: Fd, name: ByteString): void {
  try {
    ops.unlink(dir, name)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
}

function mountBelow(path: RelPath, cause?: unknown): OverlayError {
  const shown = quoteName(path)
  return new OverlayError('MOUNT_BELOW', `Expected nothing mounted at or below what is to be removed, found ${shown}`, {
    path: shown,
    hint: 'Unmount it first.',
    cause,
  })
}
