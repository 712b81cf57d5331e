import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { guestName } from './guest-name.js'

/** Where a module finds the session. */
export const guestRoot: string = '/workspace'

export interface WorkspaceDirs {
  readonly root: Fd
  /** Working directory; the same descriptor as `root` when it is that. */
  readonly cwd: Fd
  /** The working directory as the guest names it, e.g. `/workspace/src`. */
  readonly guestCwd: string
  close(): void
}

/**
 * Opens the directories that a module gets. `cwd` is looked up beneath `merged` and through no symbolic link.
 * @throws OverlayError `SESSION_NOT_MOUNTED` when `merged` leads nowhere, `PATH_INVALID` for a `cwd` that is no directory there
 */
export function openWorkspace(ops: FileOps, merged: AbsPath, cwd: RelPath): WorkspaceDirs {
  const root = expecting(['ENOENT', 'ENOTDIR', 'ENOTCONN'], notMounted(merged), () => ops.openRoot(merged))
  if (cwd === '') return { root, cwd: root, guestCwd: guestRoot, close: () => ops.close(root) }
  try {
    const dir = expecting(['ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV'], noDirectory(cwd), () => ops.openDir(root, cwd))
    return {
      root,
      cwd: dir,
      guestCwd: `${guestRoot}/${guestName(cwd)}`,
      close: () => {
        ops.close(dir)
        ops.close(root)
      },
    }
  } catch (error) {
    ops.close(root)
    throw error
  }
}

function expecting(codes: readonly string[], failure: OverlayError, call: () => Fd): Fd {
  try {
    return call()
  } catch (error) {
    throw codes.some((code) => isErrno(error, code)) ? failure : error
  }
}

function notMounted(merged: AbsPath): OverlayError {
  return new OverlayError(
    'SESSION_NOT_MOUNTED',
    `Expected the session's directory at ${quoteName(merged)}, found none`,
    {
      path: quoteName(merged),
      hint: 'Mount the session again.',
    },
  )
}

function noDirectory(cwd: RelPath): OverlayError {
  return new OverlayError('PATH_INVALID', `Expected a directory of the session at ${quoteName(cwd)}`, {
    path: quoteName(cwd),
    hint: 'Name a working directory that exists in the session; a symbolic link is not followed.',
  })
}
