import { setTimeout as sleep } from 'node:timers/promises'
import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import { uptime } from '../os/uptime.js'
import type { AbsPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { baseName, parentDir, withDir } from './open-dirs.js'

/** A lock that is held until it is released, or until the process ends. */
export interface HeldLock {
  /** What is locked, open. */
  readonly fd: Fd
  release(): void
}

/** Milliseconds that a change of a session's state waits for another one, and between two tries. */
const patience = 10_000
const pause = 15

/**
 * Locks the directory of a session while its state changes (attach, unmount, discard): short, apart from the lock
 * that a holder keeps. `fd` is the directory.
 * @throws OverlayError `SESSION_BUSY` after 10 seconds; `NO_SUCH_SESSION` when the session is gone
 */
export async function lockState(ops: FileOps, dir: AbsPath): Promise<HeldLock> {
  const until = uptime() + patience
  for (;;) {
    const fd = openSessionDir(ops, dir)
    try {
      if (ops.flock(fd, 'exclusive') && isStillThere(ops, dir, fd)) return heldLock(ops, fd)
    } catch (error) {
      ops.close(fd)
      throw error
    }
    ops.close(fd)
    if (uptime() > until) throw stateBusy(dir)
    await sleep(pause)
  }
}

/** Takes the lock of a file for a moment; waits for it as long as {@link lockState}. `false` when it stays taken. */
export async function lockFile(ops: FileOps, fd: Fd): Promise<boolean> {
  const until = uptime() + patience
  while (!ops.flock(fd, 'exclusive')) {
    if (uptime() > until) return false
    await sleep(pause)
  }
  return true
}

/** Whether somebody holds the lock of a file; one that is not there is not held. */
export function isHeld(ops: FileOps, path: AbsPath): boolean {
  const fd = openLockFile(ops, path)
  if (fd === undefined) return false
  try {
    return !ops.flock(fd, 'exclusive')
  } finally {
    ops.close(fd)
  }
}

export function heldLock(ops: FileOps, fd: Fd): HeldLock {
  return { fd, release: () => ops.close(fd) }
}

function openLockFile(ops: FileOps, path: AbsPath): Fd | undefined {
  try {
    return withDir(ops, parentDir(path), (dir) => ops.openFile(dir, baseName(path)))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function openSessionDir(ops: FileOps, dir: AbsPath): Fd {
  try {
    return ops.openRoot(dir)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    throw new OverlayError('NO_SUCH_SESSION', `Expected a session at ${quoteName(dir)}: it is gone`, {
      path: quoteName(dir),
      hint: 'Somebody discarded it meanwhile; see `openagentic-overlay list`.',
      cause: error,
    })
  }
}

/** The lock may have been waited for while the session was removed, and made again under the same name. */
function isStillThere(ops: FileOps, dir: AbsPath, fd: Fd): boolean {
  const { ino, dev } = ops.statFd(fd)
  const now = withDir(ops, parentDir(dir), (parent) => ops.stat(parent, baseName(dir)))
  return now?.ino === ino && now.dev === dev
}

function stateBusy(dir: AbsPath): OverlayError {
  return new OverlayError(
    'SESSION_BUSY',
    `Expected session "${quoteName(baseName(dir))}" to be free: another command has been changing it for ${patience / 1000} seconds`,
    {
      path: quoteName(dir),
      hint: 'Wait until that command has ended, then try again.',
    },
  )
}
