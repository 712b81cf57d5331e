import type { ByteString, RelPath } from '../paths/byte-string.js'
import { joinRel, rootPath } from '../paths/rel-path.js'
import type { EntryStat } from './entry-stat.js'
import type { Fd, FileOps } from './file-ops.js'
import { SystemError } from './system-error.js'

/** A way down from a root, of any depth, of which a bounded number of directories is open. */
export interface DirLadder {
  /** Path of the lowest directory. */
  readonly path: RelPath
  /**
   * The lowest directory, good until the next call.
   * @throws SystemError ESTALE when it was replaced by another one while it was closed
   */
  fd(): Fd
  /** Goes into a directory of the lowest one. @throws SystemError as `FileOps.openDir`; the ladder has not moved then */
  down(name: ByteString): void
  /** Goes back to the directory above. */
  up(): void
  close(): void
}

interface Rung {
  readonly path: RelPath
  readonly dev: bigint
  readonly ino: bigint
  fd: Fd | undefined
}

/** Directories that stay open, the lowest ones. */
const capacity = 32

/** `root` stays the caller's to close. */
export function createDirLadder(ops: FileOps, root: Fd): DirLadder {
  const rungs: Rung[] = []

  const shut = (rung: Rung | undefined): void => {
    if (rung?.fd !== undefined) ops.close(rung.fd)
    if (rung !== undefined) rung.fd = undefined
  }

  /** Opens again what was closed: the lowest rungs at once, so that a climb of n levels opens from the root n/capacity times. */
  const reopen = (): Fd => {
    const first = Math.max(0, rungs.length - capacity)
    let from = root
    let fromPath: RelPath = rootPath
    for (const rung of rungs.slice(first)) {
      rung.fd = ops.openDir(from, rung.path.slice(fromPath === '' ? 0 : fromPath.length + 1) as RelPath)
      const { dev, ino } = ops.statFd(rung.fd)
      if (dev !== rung.dev || ino !== rung.ino) throw new SystemError('ESTALE', 116, 'openat2', rung.path)
      from = rung.fd
      fromPath = rung.path
    }
    return from
  }

  const fd = (): Fd => {
    const lowest = rungs.at(-1)
    return lowest === undefined ? root : (lowest.fd ?? reopen())
  }

  return {
    get path() {
      return rungs.at(-1)?.path ?? rootPath
    },
    fd,
    down(name) {
      const opened = ops.openDir(fd(), name as RelPath)
      const { dev, ino } = statOrClose(ops, opened)
      rungs.push({ path: joinRel(rungs.at(-1)?.path ?? rootPath, name), dev, ino, fd: opened })
      if (rungs.length > capacity) shut(rungs[rungs.length - 1 - capacity])
    },
    up: () => shut(rungs.pop()),
    close: () => rungs.splice(0).forEach(shut),
  }
}

function statOrClose(ops: FileOps, fd: Fd): EntryStat {
  try {
    return ops.statFd(fd)
  } catch (error) {
    ops.close(fd)
    throw error
  }
}
