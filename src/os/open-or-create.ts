import type { ByteString } from '../paths/byte-string.js'
import type { Fd, FileOps } from './file-ops.js'
import { isErrno } from './system-error.js'

/**
 * Opens a regular file for reading and writing, making it (mode 0600) if there is none; of two makers at once both get the same.
 * `made` is called by the one that made it, before anything else; without that the file goes again.
 */
export function openOrCreate(ops: FileOps, dir: Fd, name: ByteString, made?: () => void): Fd {
  try {
    return ops.openFileForWriting(dir, name)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  try {
    const fd = ops.createFile(dir, name, 0o600)
    try {
      made?.()
      return fd
    } catch (error) {
      ops.close(fd)
      // What stayed root's would shut out the user whose directory it is.
      ops.unlink(dir, name)
      throw error
    }
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
    return ops.openFileForWriting(dir, name)
  }
}
