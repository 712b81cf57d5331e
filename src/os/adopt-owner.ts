import type { ByteString } from '../paths/byte-string.js'
import type { Fd, FileOps } from './file-ops.js'

/** Gives what root made in a user's directory to that user, who could not write or remove it else. */
export function adoptOwner(ops: FileOps, dir: Fd, name: ByteString): void {
  const { uid, gid } = ops.statFd(dir)
  const made = ops.stat(dir, name)
  if (made !== undefined && made.uid !== uid) ops.setOwner(dir, name, uid, gid)
}
