import type { Fd } from '../../../os/file-ops.js'
import type { LayerOps } from '../../../os/layer-ops.js'
import { StatRow } from '../../../os/stat-row.js'
import type { ByteString } from '../../../paths/byte-string.js'
import { ENOENT, EROFS } from './errno.js'
import type { DirHolder, LowerDir, Node } from './node.js'
import type { OverlayOptions } from './overlay-fs.js'

/** The directories that are open: opened at need, from the one above, and closed when there are too many. */
export class DirFds {
  readonly #ops: LayerOps
  readonly #options: OverlayOptions
  readonly #root: Node
  readonly #open: Set<DirHolder> = new Set()
  readonly #row = new StatRow()
  #operation = 0

  constructor(ops: LayerOps, options: OverlayOptions, root: Node) {
    this.#ops = ops
    this.#options = options
    this.#root = root
  }

  /** Before each operation: what it opens stays open until the next one. */
  begin(): void {
    this.#operation += 1
    if (this.#open.size > this.#options.maxDirectories) this.#closeOldest()
  }

  /** The directory of a node in the upper; an errno below 0. */
  upper(node: Node): number {
    if (node.fd < 0) {
      if (node === this.#root) return this.#options.upper ?? EROFS
      const place = node.places[0]
      if (place === undefined || !node.upper) return ENOENT
      const above = this.upper(place.parent)
      if (above < 0) return above
      const fd = this.#ops.openDir(above, place.name)
      if (fd < 0) return fd
      this.#keep(node, fd)
    }
    node.used = this.#operation
    return node.fd
  }

  lower(dir: LowerDir): number {
    if (dir.fd < 0) {
      if (dir.parent === undefined) return this.#options.lowers[dir.layer] as Fd
      const above = this.lower(dir.parent)
      if (above < 0) return above
      const fd = this.#ops.openDir(above, dir.name)
      if (fd < 0) return fd
      const failed = this.#ops.stat(fd, '' as ByteString, this.#row)
      if (failed !== 0 || !dir.isAt(this.#row)) {
        this.#ops.close(fd)
        // Another has taken its place since.
        return failed === 0 ? ENOENT : failed
      }
      this.#keep(dir, fd)
    }
    dir.used = this.#operation
    return dir.fd
  }

  close(holder: DirHolder): void {
    if (holder.fd < 0) return
    this.#ops.close(holder.fd)
    holder.fd = -1
    this.#open.delete(holder)
  }

  closeAll(): void {
    for (const holder of this.#open) this.close(holder)
  }

  #keep(holder: DirHolder, fd: Fd): void {
    holder.fd = fd
    this.#open.add(holder)
  }

  /** A quarter of them: the set is in the order of opening, so what was opened long ago and not used since goes. */
  #closeOldest(): void {
    const holders = [...this.#open].sort((one, other) => one.used - other.used)
    for (const holder of holders.slice(0, Math.ceil(holders.length / 4))) this.close(holder)
  }
}
