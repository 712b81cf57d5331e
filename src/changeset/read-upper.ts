import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps, ScannedEntry } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { joinRel } from '../paths/rel-path.js'
import type { DirPool, PooledDir } from './dir-pool.js'

/**
 * Opens an upper directory and lists it with attributes; no descriptor when it vanished. In a user namespace a session can make
 * entries that their owner may not read outside of it, and then no mark of theirs can be known.
 * @throws OverlayError `UPPER_UNREADABLE`
 */
export function readUpper(
  ops: FileOps,
  pool: DirPool,
  dir: PooledDir,
): { readonly fd: Fd | undefined; readonly entries: readonly ScannedEntry[] } {
  const fd = orUnreadable(dir.path, () => pool.open(dir))
  if (fd === undefined) return { fd, entries: [] }
  try {
    return { fd, entries: ops.scanDir(fd, { xattrs: true }) }
  } catch (error) {
    if (!isErrno(error, 'EACCES')) throw error
    for (const { name } of ops.scanDir(fd)) {
      orUnreadable(joinRel(dir.path, name as ByteString), () => ops.getXattrs(fd, name))
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
