import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { joinRel } from '../paths/rel-path.js'
import type { DirPool, PooledDir } from './dir-pool.js'

/**
 * Opens an upper directory; `undefined` when it vanished. In a user namespace a session can make entries that their owner may
 * not read outside of it, and then no mark of theirs can be known.
 * @throws OverlayError `UPPER_UNREADABLE`
 */
export function openUpper(pool: DirPool, dir: PooledDir): Fd | undefined {
  return orUnreadable(dir.path, () => pool.open(dir))
}

/**
 * Runs `read`, which reads the entries of an open upper directory with their attributes. Errors as {@link openUpper}, of
 * an entry that is in its way.
 */
export function readUpper<T>(ops: FileOps, fd: Fd, path: RelPath, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isErrno(error, 'EACCES')) throw error
    for (const { name } of ops.scanDir(fd)) {
      orUnreadable(joinRel(path, name as ByteString), () => ops.getXattrs(fd, name))
    }
    throw error
  }
}

function orUnreadable<T>(path: RelPath, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isErrno(error, 'EACCES')) throw error
    throw new OverlayError('UPPER_UNREADABLE', `The session made ${quoteName(path)} unreadable to you`, {
      path: quoteName(path),
      hint: 'Give yourself the permission to read it in the session (`chmod u+rX`), or discard it.',
      cause: error,
    })
  }
}
