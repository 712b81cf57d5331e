import type { Fd, FileOps } from '../os/file-ops.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { absPath } from '../paths/rel-path.js'
import { withDir, withDirIfAny } from './open-dirs.js'

/**
 * The path of an open directory without symlinks in it. `undefined` when no path of ours leads there: it was
 * removed, or it lies in another mount namespace (behind /proc/<pid>/root), where a path means something else.
 */
export function realPathOf(ops: FileOps, dir: Fd): AbsPath | undefined {
  const link = withDir(ops, absPath('/proc/self/fd'), (fds) => ops.readLink(fds, bytesFromText(`${dir}`)))
  if (!link.startsWith('/')) return undefined
  const path = absPath(link as ByteString)
  const { dev, ino, mountId } = ops.statFd(dir)
  const found = withDirIfAny(ops, path, (again) => ops.statFd(again))
  return found?.dev === dev && found.ino === ino && found.mountId === mountId ? path : undefined
}
