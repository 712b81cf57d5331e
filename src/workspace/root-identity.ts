import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'

/**
 * Opens the directory at a path as long as it is the one that was there first. Where `confirm` is given, another one may come, as mounting again makes it:
 * `confirm` is asked whether what is there now is right, and throws if it is not.
 * @throws OverlayError `WORKSPACE_GONE`: at once, or when it is opened
 */
export function sameRoot(ops: FileOps, path: AbsPath, confirm?: () => void): () => Fd {
  let known: string | undefined

  const take = (): Fd => {
    const root = openRoot(ops, path)
    if (root === undefined) throw gone(path, 'there is none')
    known = identityOf(ops, root)
    return root
  }

  if (confirm === undefined) ops.close(take())
  return () => {
    const root = known === undefined ? undefined : openRoot(ops, path)
    if (root !== undefined && identityOf(ops, root) === known) return root
    if (root !== undefined) ops.close(root)
    if (confirm === undefined) throw gone(path, root === undefined ? 'there is none' : 'another one is there')
    confirm()
    return take()
  }
}

function identityOf(ops: FileOps, root: Fd): string {
  const { dev, ino } = ops.statFd(root)
  return `${dev}:${ino}`
}

/** `undefined` where no directory is. */
function openRoot(ops: FileOps, path: AbsPath): Fd | undefined {
  try {
    return ops.openRoot(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENOTCONN'].some((code) => isErrno(error, code))) return undefined
    throw error
  }
}

function gone(path: AbsPath, reason: string): OverlayError {
  return new OverlayError(
    'WORKSPACE_GONE',
    `Expected the directory of the workspace at ${quoteName(path)}: ${reason}`,
    {
      path: quoteName(path),
    },
  )
}
