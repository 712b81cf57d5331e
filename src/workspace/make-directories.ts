import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { takeOwner } from './replace-file.js'

const newMode = 0o755

/** Makes what is missing of a directory and those above it. @throws SystemError of what is in the way: ELOOP for a link, ENOTDIR */
export function makeDirectories(ops: FileOps, root: Fd, path: RelPath): void {
  let dir = root
  try {
    for (const name of path === '' ? [] : (path.split('/') as (ByteString & RelPath)[])) {
      const below = openOrMake(ops, dir, name)
      if (dir !== root) ops.close(dir)
      dir = below
    }
  } finally {
    if (dir !== root) ops.close(dir)
  }
}

function openOrMake(ops: FileOps, dir: Fd, name: ByteString & RelPath): Fd {
  try {
    return ops.openDir(dir, name)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  try {
    ops.mkdir(dir, name, newMode)
    takeOwner(ops, dir, name, ops.statFd(dir))
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
  return ops.openDir(dir, name)
}
