import type { Fd, FileOps } from '../os/file-ops.js'
import { nodeCrypto } from '../os/node-crypto.js'
import { removeTree } from '../os/remove-tree.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString, RelPath } from '../paths/byte-string.js'
import { joinAbs } from '../paths/rel-path.js'
import { openPrivateDir } from './private-dir.js'

/** A directory for one run. The lock of a file in it tells others that it is in use. */
export interface ScratchDir {
  /** The directory `name` in it, made for this user alone. */
  make(name: ByteString): AbsPath
  remove(): void
}

const prefix = 'run-'
/** A file, and not the directory itself: NFS locks only what is open for writing. */
const lockName = 'lock' as ByteString
/** Between the making of a directory and of its lock there is less than this. */
const makingNs = 60_000_000_000n

/** Makes a directory of its own in `base`, which nobody else can look into. */
export function makeScratchDir(ops: FileOps, base: AbsPath): ScratchDir {
  const parent = openPrivateDir(ops, base)
  try {
    for (;;) {
      const made = attempt(ops, parent, base)
      if (made !== undefined) return made
    }
  } finally {
    ops.close(parent)
  }
}

/** `undefined`: a sweep came between. */
function attempt(ops: FileOps, parent: Fd, base: AbsPath): ScratchDir | undefined {
  const name = `${prefix}${nodeCrypto().randomUUID()}` as ByteString
  ops.mkdir(parent, name, 0o700)
  let dir: Fd | undefined
  let lock: Fd | undefined
  try {
    dir = openIfThere(ops, parent, name)
    lock = dir === undefined ? undefined : lockNew(ops, dir)
    if (dir !== undefined && lock !== undefined) return scratchDir(ops, base, name, dir, lock)
  } catch (error) {
    if (dir !== undefined) ops.close(dir)
    removeTree(ops, parent, name)
    throw error
  }
  if (dir !== undefined) ops.close(dir)
  return undefined
}

function scratchDir(ops: FileOps, base: AbsPath, name: ByteString, dir: Fd, lock: Fd): ScratchDir {
  const path = joinAbs(base, name)
  return {
    make: (child) => {
      ops.mkdir(dir, child, 0o700)
      return joinAbs(path, child)
    },
    remove: () => {
      try {
        const parent = ops.openRoot(base)
        try {
          removeTree(ops, parent, name)
        } finally {
          ops.close(parent)
        }
      } finally {
        ops.close(dir)
        ops.close(lock)
      }
    },
  }
}

/** Removes what processes left behind that were killed: the kernel dropped their locks. */
export function sweepScratchDirs(ops: FileOps, base: AbsPath): void {
  const parent = openPrivateDir(ops, base)
  const nowNs = BigInt(Date.now()) * 1_000_000n
  try {
    for (const { name, stat } of ops.scanDir(parent)) {
      if (!name.startsWith(prefix) || stat.type !== 'dir') continue
      removeIfDead(ops, parent, name, nowNs - stat.ctimeNs > makingNs)
    }
  } finally {
    ops.close(parent)
  }
}

/** The lock of a directory that was made just now; `undefined` when a sweep has it, or has removed the directory. */
function lockNew(ops: FileOps, dir: Fd): Fd | undefined {
  const lock = unlessGone(() => ops.createFile(dir, lockName, 0o600))
  if (lock === undefined) return undefined
  let good = false
  try {
    // A sweep that came before the lock has removed the file.
    good = ops.flock(lock, 'exclusive') && ops.statFd(lock).nlink > 0
    return good ? lock : undefined
  } finally {
    if (!good) ops.close(lock)
  }
}

/** Removes a directory whose lock nobody holds; one without a lock if it is `old`, as it may be in the making. */
function removeIfDead(ops: FileOps, parent: Fd, name: ByteString, old: boolean): void {
  const dir = openIfThere(ops, parent, name)
  if (dir === undefined) return
  try {
    const lock = unlessGone(() => ops.openFileForWriting(dir, lockName))
    try {
      // Held until all is gone: of two sweeps one removes.
      if (lock === undefined ? old : ops.flock(lock, 'exclusive')) removeTree(ops, parent, name)
    } finally {
      if (lock !== undefined) ops.close(lock)
    }
  } finally {
    ops.close(dir)
  }
}

function openIfThere(ops: FileOps, parent: Fd, name: ByteString): Fd | undefined {
  return unlessGone(() => ops.openDir(parent, name as RelPath))
}

function unlessGone(open: () => Fd): Fd | undefined {
  try {
    return open()
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
