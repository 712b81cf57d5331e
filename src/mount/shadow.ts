import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { absPath, nameOf, relPath } from '../paths/rel-path.js'

/** Makes `shadow` an empty directory to mount on; a link that an earlier holder left goes. */
export function makeShadowDir(ops: FileOps, shadow: AbsPath): void {
  inParent(ops, shadow, (parent, name) => {
    const there = ops.stat(parent, name)
    if (there?.type === 'dir') return
    if (there !== undefined) ops.unlink(parent, name)
    ops.mkdir(parent, name, 0o700)
  })
}

/** Makes `shadow` a link to `target`, in one step: whoever looks finds the old one or the new one. */
export function makeShadowLink(ops: FileOps, shadow: AbsPath, target: ByteString): void {
  inParent(ops, shadow, (parent, name) => {
    // An id never starts with a dot, so no session has this name.
    const fresh = `.${name}.new` as ByteString
    if (ops.stat(parent, fresh) !== undefined) ops.unlink(parent, fresh)
    ops.symlink(target, parent, fresh)
    if (ops.stat(parent, name)?.type === 'dir') ops.rmdir(parent, name)
    ops.rename(parent, fresh, parent, name, 'replace')
  })
}

/** Removes the link or the empty directory at `shadow`, if there is one. */
export function removeShadow(ops: FileOps, shadow: AbsPath): void {
  try {
    inParent(ops, shadow, (parent, name) => {
      const there = ops.stat(parent, name)
      if (there?.type === 'dir') ops.rmdir(parent, name)
      else if (there !== undefined) ops.unlink(parent, name)
    })
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
}

/** The directory that holds `shadow`. */
export function shadowParent(shadow: AbsPath): AbsPath {
  return absPath(shadow.slice(0, shadow.lastIndexOf('/') + 1))
}

function inParent(ops: FileOps, path: AbsPath, use: (parent: Fd, name: ByteString) => void): void {
  const parent = ops.openRoot(shadowParent(path))
  try {
    use(parent, nameOf(relPath(path.slice(1))))
  } finally {
    ops.close(parent)
  }
}
