import type { Fd, FileOps } from '../os/file-ops.js'
import { nodeCrypto } from '../os/node-crypto.js'
import { removeTree } from '../os/remove-tree.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString, RelPath } from '../paths/byte-string.js'
import { joinAbs } from '../paths/rel-path.js'
import { openPrivateDir } from './private-dir.js'

/** A directory for one run. Its lock tells others that it is in use. */
export interface ScratchDir {
  /** The directory `name` in it, made for this user alone. */
  make(name: ByteString): AbsPath
  remove(): void
}

const prefix = 'run-'

/** Makes a directory of its own in `base`, which nobody else can look into. */
export function makeScratchDir(ops: FileOps, base: AbsPath): ScratchDir {
  const parent = openPrivateDir(ops, base)
  try {
    for (;;) {
      const name = `${prefix}${nodeCrypto().randomUUID()}` as ByteString
      ops.mkdir(parent, name, 0o700)
      const lock = lockIfThere(ops, parent, name)
      if (lock !== undefined) return scratchDir(ops, base, name, lock)
    }
  } finally {
    ops.close(parent)
  }
}

function scratchDir(ops: FileOps, base: AbsPath, name: ByteString, lock: Fd): ScratchDir {
  const path = joinAbs(base, name)
  return {
    make: (child) => {
      ops.mkdir(lock, child, 0o700)
      return joinAbs(path, child)
    },
    remove: () => {
      const parent = ops.openRoot(base)
      try {
        removeTree(ops, parent, name)
      } finally {
        ops.close(parent)
        ops.close(lock)
      }
    },
  }
}

/** Removes what processes left behind that were killed: the kernel dropped their locks. */
export function sweepScratchDirs(ops: FileOps, base: AbsPath): void {
  const parent = openPrivateDir(ops, base)
  try {
    for (const { name, stat } of ops.scanDir(parent)) {
      if (!name.startsWith(prefix) || stat.type !== 'dir') continue
      const lock = lockIfThere(ops, parent, name)
      if (lock === undefined) continue
      try {
        removeTree(ops, parent, name)
      } finally {
        ops.close(lock)
      }
    }
  } finally {
    ops.close(parent)
  }
}

/** The directory, locked; `undefined` when somebody else holds it, or it is gone, as one is that a sweep takes between mkdir and lock. */
function lockIfThere(ops: FileOps, parent: Fd, name: ByteString): Fd | undefined {
  const dir = openIfThere(ops, parent, name)
  if (dir === undefined) return undefined
  if (ops.flock(dir, 'exclusive') && ops.stat(parent, name)?.ino === ops.statFd(dir).ino) return dir
  ops.close(dir)
  return undefined
}

function openIfThere(ops: FileOps, parent: Fd, name: ByteString): Fd | undefined {
  try {
    return ops.openDir(parent, name as RelPath)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
