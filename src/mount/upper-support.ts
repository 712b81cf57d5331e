import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import { type MarkFamily, markPrefix } from '../overlay-format/mark-names.js'
import type { ByteString } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'

/** OVERLAYFS_SUPER_MAGIC (linux/magic.h). */
const overlayMagic = 0x794c7630

/**
 * Why the file system of a directory cannot hold an upper; `undefined` if nothing speaks against it. `layers` holds
 * `upper/` and `work/`, which are as before afterwards. The kernel mounts over some of what is looked for here without
 * a word and then behaves badly ("sub-optimal upper fs"), so a mount that succeeds is no proof.
 */
export function upperObstacle(ops: FileOps, layers: Fd, family: MarkFamily): string | undefined {
  const { magic, readOnly } = ops.statFs(layers)
  if (readOnly) return 'its file system is mounted read-only'
  if (magic === overlayMagic) return 'its file system is itself an overlay'
  return attributeObstacle(ops, layers, family) ?? whiteoutObstacle(ops, layers)
}

function attributeObstacle(ops: FileOps, layers: Fd, family: MarkFamily): string | undefined {
  const [upper, mark] = [bytesFromText('upper'), `${markPrefix(family)}probe` as ByteString]
  const errno = attempt(() => ops.setXattr(layers, upper, mark, Buffer.from('y')), ['EOPNOTSUPP', 'EPERM'])
  if (errno !== undefined) return `its file system keeps no ${family}.* extended attributes (${errno})`
  ops.removeXattr(layers, upper, mark)
  return undefined
}

function whiteoutObstacle(ops: FileOps, layers: Fd): string | undefined {
  const name = bytesFromText('whiteout-probe')
  const errno = attempt(() => ops.mknod(layers, name, 'char', 0, 0, 0), ['EPERM', 'EINVAL', 'EOPNOTSUPP'])
  if (errno !== undefined) return `its file system holds no whiteouts (${errno})`
  ops.unlink(layers, name)
  return undefined
}

/** Which of the errnos the call failed with; others go up. */
function attempt(call: () => void, errnos: readonly string[]): string | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    const errno = errnos.find((code) => isErrno(error, code))
    if (errno === undefined) throw error
    return errno
  }
}
