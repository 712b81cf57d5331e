import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { ownUid } from '../os/own-uid.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'

/**
 * Opens a directory that this user alone can write to; it and its missing parents are made, mode 0700.
 * @throws OverlayError `CACHE_UNSAFE` when it belongs to somebody else, or others may write to it
 */
export function openPrivateDir(ops: FileOps, path: AbsPath): Fd {
  const fd = openOrMake(ops, path)
  try {
    const { uid, mode } = ops.statFd(fd)
    if (uid !== ownUid(ops)) throw unsafe(path, `it belongs to user ${uid}`)
    if ((mode & 0o022) !== 0) throw unsafe(path, `others may write to it (mode ${mode.toString(8).padStart(4, '0')})`)
    return fd
  } catch (error) {
    ops.close(fd)
    throw error
  }
}

function openOrMake(ops: FileOps, path: AbsPath): Fd {
  try {
    return ops.openRoot(path)
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || path === '/') throw error
  }
  const slash = path.lastIndexOf('/')
  const parent = openOrMake(ops, (slash === 0 ? '/' : path.slice(0, slash)) as AbsPath)
  try {
    ops.mkdir(parent, path.slice(slash + 1) as ByteString, 0o700)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  } finally {
    ops.close(parent)
  }
  return ops.openRoot(path)
}

function unsafe(path: AbsPath, reason: string): OverlayError {
  const message = `Expected a cache directory that only you can write to at ${quoteName(path)}: ${reason}`
  return new OverlayError('CACHE_UNSAFE', message, {
    path: quoteName(path),
    hint: 'It holds native code that will be run. Take the rights away from others (chmod go-w), or set XDG_CACHE_HOME to a directory of your own.',
  })
}
