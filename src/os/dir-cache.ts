import type { ByteString, RelPath } from '../paths/byte-string.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import type { EntryStat } from './entry-stat.js'
import type { Fd, FileOps } from './file-ops.js'
import { isPathGone } from './system-error.js'

/** Directories below one root, opened on demand and kept open a while, a bounded number of them. */
export interface DirCache {
  readonly root: Fd
  /**
   * The directory at `path`. The descriptor belongs to the cache and is good until the next call.
   * @throws SystemError as `FileOps.openDir`
   */
  dir(path: RelPath): Fd
  /** Calls `use` with the open parent of `path` and the name in it. */
  at<T>(path: RelPath, use: (dir: Fd, name: ByteString) => T): T
  /** The entry at `path`; `undefined` when it or a directory above it is not there (or is no directory). */
  stat(path: RelPath): EntryStat | undefined
  /** Closes what is open, as directories were moved or replaced. */
  forget(): void
  /** Closes everything but the root, which belongs to the caller. */
  close(): void
}

/** Descriptors that a cache keeps open at the most. */
const capacity = 64

/**
 * Bytes: above a longer path so many directories are opened one by one, so that whoever climbs a deep tree walks from the root once in so many
 * levels.
 */
const longPath = 256
const steps = 32

export function createDirCache(ops: FileOps, root: Fd): DirCache {
  const open = new Map<RelPath, Fd>()

  const forget = (): void => {
    for (const fd of open.values()) ops.close(fd)
    open.clear()
  }

  const dir = (path: RelPath): Fd => {
    if (path === '') return root
    const kept = open.get(path)
    if (kept !== undefined) {
      open.delete(path)
      open.set(path, kept)
      return kept
    }
    let above = parentOf(path)
    const missing = [path]
    if (path.length > longPath) {
      for (; missing.length < steps && above !== '' && !open.has(above); above = parentOf(above)) missing.push(above)
    }
    let fd = open.get(above)
    for (const each of missing.reverse()) {
      fd = fd === undefined ? ops.openDir(root, each) : ops.openDir(fd, nameOf(each) as RelPath)
      keep(each, fd)
    }
    return fd as Fd
  }

  const keep = (path: RelPath, fd: Fd): void => {
    open.set(path, fd)
    const [oldest] = open
    if (open.size <= capacity || oldest === undefined) return
    open.delete(oldest[0])
    ops.close(oldest[1])
  }

  const stat = (path: RelPath): EntryStat | undefined => {
    if (path === '') return ops.statFd(root)
    try {
      return ops.stat(dir(parentOf(path)), nameOf(path))
    } catch (error) {
      if (isPathGone(error)) return undefined
      throw error
    }
  }

  return { root, dir, at: (path, use) => use(dir(parentOf(path)), nameOf(path)), stat, forget, close: forget }
}
