import type { DirWatch } from '../../../os/dir-watch.js'
import type { DirFds } from './dir-fds.js'
import type { LowerDir, Node } from './node.js'

/** {@link LowerDir.watch} of a directory that could not be watched. It is not tried again: what is told of it stays short-lived. */
const refused = -1

/**
 * Which directories of the lowers are watched. A watch is placed before something is read that the kernel is to keep, so whatever changes later is
 * told of.
 */
export class LowerWatches {
  readonly #port: DirWatch | undefined
  readonly #most: number
  readonly #fds: DirFds
  /** By the watch's number. There are several in a list when lowers overlap, or a directory was moved: the number is that of the inode. */
  readonly #dirs: Map<number, LowerDir[]> = new Map()

  constructor(port: DirWatch | undefined, most: number, fds: DirFds) {
    this.#port = port
    this.#most = most
    this.#fds = fds
  }

  /** Whether all that lowers have in a directory is watched from now on. */
  cover(node: Node): boolean {
    for (const dir of node.lowers) if (dir.watch <= 0 && !this.#place(dir)) return false
    return true
  }

  at(watch: number): readonly LowerDir[] {
    return this.#dirs.get(watch) ?? []
  }

  #place(dir: LowerDir): boolean {
    if (this.#port === undefined || dir.watch === refused) return false
    const fd = this.#fds.lower(dir)
    // The person removed it.
    if (fd < 0) return false
    const watch = this.#dirs.size < this.#most ? this.#port.add(fd) : refused
    if (watch <= 0) {
      dir.watch = refused
      return false
    }
    dir.watch = watch
    const same = this.#dirs.get(watch)
    if (same === undefined) this.#dirs.set(watch, [dir])
    else same.push(dir)
    return true
  }

  /** Of a node that is known no more, or that the directory belongs to no longer. */
  release(dir: LowerDir): void {
    const same = dir.watch > 0 ? this.#dirs.get(dir.watch) : undefined
    if (same === undefined) return
    const left = same.filter((each) => each !== dir)
    if (left.length > 0) this.#dirs.set(dir.watch, left)
    else {
      this.#dirs.delete(dir.watch)
      this.#port?.remove(dir.watch)
    }
    dir.watch = 0
  }

  /** The kernel has taken the watch away. */
  lost(watch: number): void {
    for (const dir of this.at(watch)) dir.watch = 0
    this.#dirs.delete(watch)
  }
}
