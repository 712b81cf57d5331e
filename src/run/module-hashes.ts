import type { EntryStat } from '../os/entry-stat.js'
import type { FileOps } from '../os/file-ops.js'
import { contentHash, type ModuleContent } from './module-content.js'

/** SHA-256 of module contents. A file that is as it was is not read again. */
export interface ModuleHashes {
  /** In hexadecimal. */
  of(ops: FileOps, content: ModuleContent): string
}

/**
 * A file that changed so shortly before it was hashed may be written once more in the same tick of its clock, with nothing to
 * show for it: such a hash is not kept. As git's index does with "racily clean" entries; ticks are 2 seconds at the most (vfat).
 */
const settledNs = 3_000_000_000n
/** Names of a few thousand modules are a megabyte; who has more hashes anew. */
const mostKept = 4096

/** @param nowNs the clock that stamps files, nanoseconds since 1970 */
export function createModuleHashes(nowNs: () => bigint = systemNowNs): ModuleHashes {
  const known = new Map<string, { readonly identity: string; readonly hash: string }>()
  return {
    of: (ops, content) => {
      if ('bytes' in content) return contentHash(ops, content)
      const before = ops.statFd(content.fd)
      const file = `${before.dev} ${before.ino}`
      const identity = identityOf(before)
      const found = known.get(file)
      if (found?.identity === identity) return found.hash
      const hash = contentHash(ops, content)
      known.delete(file)
      if (nowNs() - before.ctimeNs > settledNs && identity === identityOf(ops.statFd(content.fd))) {
        if (known.size >= mostKept) known.clear()
        known.set(file, { identity, hash })
      }
      return hash
    },
  }
}

function identityOf({ size, mtimeNs, ctimeNs }: EntryStat): string {
  return `${size} ${mtimeNs} ${ctimeNs}`
}

function systemNowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
