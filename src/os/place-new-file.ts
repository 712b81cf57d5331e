import type { ByteString } from '../paths/byte-string.js'
import type { Fd, FileOps } from './file-ops.js'

/**
 * Makes a file under the name `staged`, has it filled, and renames it to `name`. On an error nothing of it stays.
 * @param fill gets it open for writing
 * @throws SystemError; what `fill` throws
 */
export function placeNewFile(
  ops: FileOps,
  dir: Fd,
  { staged, name, mode }: { readonly staged: ByteString; readonly name: ByteString; readonly mode: number },
  fill: (fd: Fd) => void,
): void {
  try {
    const fd = ops.createFile(dir, staged, mode)
    try {
      fill(fd)
    } finally {
      ops.close(fd)
    }
    ops.rename(dir, staged, dir, name, 'replace')
  } catch (error) {
    if (ops.stat(dir, staged) !== undefined) ops.unlink(dir, staged)
    throw error
  }
}
