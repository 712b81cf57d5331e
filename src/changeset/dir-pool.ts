import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { rootPath } from '../paths/rel-path.js'

/** A directory of one layer that a walk visits, opened when its turn comes. */
export interface PooledDir {
  /** Path below the layer's root. */
  readonly path: RelPath
}

class Entry implements PooledDir {
  readonly layer: Fd
  readonly path: RelPath
  readonly parent: Entry | undefined
  readonly name: ByteString
  fd: Fd | undefined
  /** Children that will be opened relative to it. */
  waiting = 0
  finished = false

  constructor(layer: Fd, path: RelPath, parent?: Entry, name: ByteString = rootPath, fd?: Fd) {
    this.layer = layer
    this.path = path
    this.parent = parent
    this.name = name
    this.fd = fd
  }
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
    return new Entry(fd, rootPath, undefined, rootPath, fd)
  }

  /** A directory in `parent`, at `path` in the layer; to be opened once, if at all. */
  child(parent: PooledDir, name: ByteString, path: RelPath): PooledDir {
    const above = parent as Entry
    above.waiting += 1
    return new Entry(above.layer, path, above, name)
  }

  /** A directory anywhere below the layer of `root`. */
  at(root: PooledDir, path: RelPath): PooledDir {
    return new Entry((root as Entry).layer, path)
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
