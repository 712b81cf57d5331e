import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'

/** Name of the compiled module in the directory of a cache entry. */
export const compiledName: ByteString = 'module.cwasm' as ByteString
const sealName = 'seal' as ByteString

/**
 * Opens the compiled module of an entry; `undefined` when there is none, or when it is not, to the last write, what
 * {@link sealEntry} saw. Any write moves the ctime, so a damaged or replaced file shows without reading it.
 */
export function openEntry(ops: FileOps, cache: Fd, key: ByteString): Fd | undefined {
  return orUndefined(['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'EFBIG'], () => {
    const dir = ops.openDir(cache, key as RelPath)
    try {
      const seal = Buffer.from(ops.readFile(dir, sealName, 1024)).toString('latin1')
      return openSealed(ops, dir, seal)
    } finally {
      ops.close(dir)
    }
  })
}

function openSealed(ops: FileOps, dir: Fd, seal: string): Fd | undefined {
  const fd = ops.openFile(dir, compiledName)
  let good = false
  try {
    good = seal === sealOf(ops.statFd(fd))
    return good ? fd : undefined
  } finally {
    if (!good) ops.close(fd)
  }
}

/** Flushes the compiled module in `dir` and records what it is. */
export function sealEntry(ops: FileOps, dir: Fd): void {
  const module = ops.openFile(dir, compiledName)
  try {
    ops.fsync(module)
    writeNew(ops, dir, sealName, Buffer.from(sealOf(ops.statFd(module))))
  } finally {
    ops.close(module)
  }
}

/** Makes a file with this content. */
export function writeNew(ops: FileOps, dir: Fd, name: ByteString, content: Uint8Array): void {
  const fd = ops.createFile(dir, name, 0o600)
  try {
    ops.write(fd, content, 0)
  } finally {
    ops.close(fd)
  }
}

/** Removes the directory of an entry with the files in it; one that is gone already is fine. */
export function removeEntry(ops: FileOps, cache: Fd, name: ByteString): void {
  orUndefined(['ENOENT', 'ENOTDIR', 'ENOTEMPTY'], () => {
    const dir = ops.openDir(cache, name as RelPath)
    try {
      for (const entry of ops.scanDir(dir)) orUndefined(['ENOENT'], () => ops.unlink(dir, entry.name))
    } finally {
      ops.close(dir)
    }
    ops.rmdir(cache, name)
  })
}

function sealOf({ ino, size, mtimeNs, ctimeNs }: EntryStat): string {
  return `1 ${ino} ${size} ${mtimeNs} ${ctimeNs}\n`
}

function orUndefined<T>(expected: readonly string[], call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    if (expected.some((code) => isErrno(error, code))) return undefined
    throw error
  }
}
