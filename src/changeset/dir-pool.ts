import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { joinRel } from '../paths/rel-path.js'

/** A directory of one layer that a walk visits, opened when its turn comes. */
export interface PooledDir {
  /** Path below the layer's root. */
  readonly path: RelPath
}

interface Entry extends PooledDir {
  readonly layer: Fd
  readonly parent: Entry | undefined
  readonly name: ByteString
  fd: Fd | undefined
  /** Children that will be opened relative to it. */
  waiting: number
  finished: boolean
}

/**
 * Open directories of a walk, a bounded number at any depth. A child is opened by its name from the parent, so that
 * no path is walked again; a parent stays open until its last child was. Beyond `limit` such parents the oldest is
 * closed, and its children are found from the layer's root.
 */
export class DirPool {
  readonly #ops: FileOps
  readonly #limit: number
  readonly #open = new Set<Entry>()
  readonly #idle = new Set<Entry>()

  constructor(ops: FileOps, limit = 64) {
    this.#ops = ops
    this.#limit = limit
  }

  /** The root of a layer; `fd` stays the caller's. */
  root(fd: Fd): PooledDir {
    return entry({ layer: fd, path: '' as RelPath, parent: undefined, name: '' as ByteString, fd })
  }

  /** A directory in `parent`, which must be open; to be opened once. */
  child(parent: PooledDir, name: ByteString): PooledDir {
    const above = parent as Entry
    above.waiting += 1
    return entry({ layer: above.layer, path: joinRel(above.path, name), parent: above, name, fd: undefined })
  }

  /** A directory anywhere below the layer of `root`. */
  at(root: PooledDir, path: RelPath): PooledDir {
    return entry({ layer: (root as Entry).layer, path, parent: undefined, name: '' as ByteString, fd: undefined })
  }

  /** `undefined`: it vanished since it was seen. Errors: `SystemError`. */
  open(dir: PooledDir): Fd | undefined {
    const wanted = dir as Entry
    if (wanted.fd !== undefined) return wanted.fd
    try {
      wanted.fd =
        wanted.parent?.fd === undefined
          ? this.#ops.openDir(wanted.layer, wanted.path)
          : this.#ops.openDir(wanted.parent.fd, wanted.name as RelPath)
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined
      throw error
    } finally {
      this.#childOpened(wanted.parent)
    }
    this.#open.add(wanted)
    return wanted.fd
  }

  /** Its own entries are done; it stays open as long as children need it and there is room. */
  finish(dir: PooledDir): void {
    const done = dir as Entry
    done.finished = true
    if (!this.#open.has(done)) return
    if (done.waiting === 0) {
      this.#close(done)
      return
    }
    this.#idle.add(done)
    if (this.#idle.size <= this.#limit) return
    const [oldest] = this.#idle
    if (oldest !== undefined) this.#close(oldest)
  }

  closeAll(): void {
    for (const each of this.#open) this.#close(each)
  }

  #childOpened(parent: Entry | undefined): void {
    if (parent === undefined) return
    parent.waiting -= 1
    if (parent.waiting === 0 && parent.finished && this.#open.has(parent)) this.#close(parent)
  }

  #close(dir: Entry): void {
    this.#open.delete(dir)
    this.#idle.delete(dir)
    if (dir.fd !== undefined) this.#ops.close(dir.fd)
    dir.fd = undefined
  }
}

function entry(fields: Omit<Entry, 'waiting' | 'finished'>): Entry {
  return { ...fields, waiting: 0, finished: false }
}
