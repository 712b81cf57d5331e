import type { AbsPath } from '../paths/byte-string.js'
import type { FileOps } from './file-ops.js'

/** The effective user of this process: `/proc/<pid>` belongs to it (proc(5)). */
export function ownUid(ops: FileOps): number {
  const self = ops.openRoot('/proc/self' as AbsPath)
  try {
    return ops.statFd(self).uid
  } finally {
    ops.close(self)
  }
}
