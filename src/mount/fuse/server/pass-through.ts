import type { FuseDevice } from '../../../os/fuse-device.js'
import { EOPNOTSUPP } from '../core/errno.js'
import type { OverlayFs } from '../core/overlay-fs.js'

/**
 * Open files that the kernel reads and writes by itself (FUSE_PASSTHROUGH). All that are open of an inode have to be open in the same way:
 * the first says how, until the last is closed.
 */
export interface PassThrough {
  /**
   * The backing id for a file that was opened; 0: the kernel asks, as it always did; -1: it asks, and may have written past the pages that it has.
   */
  opened(nodeid: number, fh: number): number
  released(nodeid: number): void
}

interface Open {
  readonly backing: number
  count: number
}

export const noPassThrough: PassThrough = { opened: () => 0, released: () => undefined }

export function passThrough(core: OverlayFs, device: FuseDevice): PassThrough {
  const byNode = new Map<number, Open>()
  const backingOf = (fh: number): number => {
    const fd = core.backingFd(fh)
    if (fd < 0) return fd === EOPNOTSUPP ? 0 : -1
    const backing = device.openBacking(fd)
    // Where the kernel will not have it (a file system on too many others), it asks.
    return backing > 0 ? backing : -1
  }
  return {
    opened(nodeid, fh) {
      const open = byNode.get(nodeid)
      if (open !== undefined) {
        open.count += 1
        return open.backing
      }
      const backing = backingOf(fh)
      byNode.set(nodeid, { backing, count: 1 })
      return backing
    },
    released(nodeid) {
      const open = byNode.get(nodeid)
      if (open === undefined) return
      open.count -= 1
      if (open.count > 0) return
      byNode.delete(nodeid)
      if (open.backing > 0) device.closeBacking(open.backing)
    },
  }
}
