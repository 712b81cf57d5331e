import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'

/** Opens the directory at a path as long as it is the one that was there first. */
export interface SameRoot {
  /** @throws OverlayError `WORKSPACE_GONE` */
  open(): Fd
  /** Whatever is there from now on is right. */
  forget(): void
}

/** Looks at the directory now. @throws OverlayError `WORKSPACE_GONE` */
export function sameRoot(ops: FileOps, path: AbsPath): SameRoot {
  let known: string | undefined
  const open = (): Fd => {
    const root = openRoot(ops, path)
    const { dev, ino } = ops.statFd(root)
    const found = `${dev}:${ino}`
    known ??= found
    if (found === known) return root
    ops.close(root)
    throw gone(path, 'another one is there')
  }
  ops.close(open())
  return {
    open,
    forget: () => {
      known = undefined
    },
  }
}

function openRoot(ops: FileOps, path: AbsPath): Fd {
  try {
    return ops.openRoot(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENOTCONN'].some((code) => isErrno(error, code)))
      throw gone(path, 'there is none', error)
    throw error
  }
}

function gone(path: AbsPath, reason: string, cause?: unknown): OverlayError {
  return new OverlayError(
    'WORKSPACE_GONE',
    `Expected the directory of the workspace at ${quoteName(path)}: ${reason}`,
    {
      path: quoteName(path),
      cause,
    },
  )
}
