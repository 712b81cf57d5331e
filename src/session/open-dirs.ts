import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { joinAbs, nameOf, relPath } from '../paths/rel-path.js'

/** Opens a directory for as long as `use` runs. */
export function withDir<T>(ops: FileOps, path: AbsPath, use: (dir: Fd) => T): T {
  const dir = ops.openRoot(path)
  try {
    return use(dir)
  } finally {
    ops.close(dir)
  }
}

/** As {@link withDir}; `undefined` when there is no such directory. What `use` throws goes up, an ENOENT too. */
export function withDirIfAny<T>(ops: FileOps, path: AbsPath, use: (dir: Fd) => T): T | undefined {
  return withDirUnless(ops, path, ['ENOENT'], use)
}

/** As {@link withDirIfAny}, and also `undefined` when it is another user's. */
export function withDirIfOurs<T>(ops: FileOps, path: AbsPath, use: (dir: Fd) => T): T | undefined {
  return withDirUnless(ops, path, ['ENOENT', 'EACCES'], use)
}

function withDirUnless<T>(
  ops: FileOps,
  path: AbsPath,
  expected: readonly string[],
  use: (dir: Fd) => T,
): T | undefined {
  const dir = unless(expected, () => ops.openRoot(path))
  if (dir === undefined) return undefined
  try {
    return use(dir)
  } finally {
    ops.close(dir)
  }
}

/** What `look` returns; `undefined` when it meets something that is gone, as others remove what is theirs at any moment. */
export function unlessGone<T>(look: () => T): T | undefined {
  return unless(['ENOENT'], look)
}

/** As {@link unlessGone}, and also `undefined` when it is another user's. */
export function unlessGoneOrTheirs<T>(look: () => T): T | undefined {
  return unless(['ENOENT', 'EACCES'], look)
}

function unless<T>(expected: readonly string[], look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (expected.some((errno) => isErrno(error, errno))) return undefined
    throw error
  }
}

/** Makes a directory unless it is there. `true` when it was made now. `mode` is exact, and not put upon one that exists. */
export function ensureDir(ops: FileOps, parent: Fd, name: ByteString, mode: number): boolean {
  try {
    ops.mkdir(parent, name, mode)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  }
}

/** Makes `path` and what is missing above it, each directory with `mode`. */
export function ensureDirs(ops: FileOps, path: AbsPath, mode: number): void {
  const missing: ByteString[] = []
  let at = path
  while (at !== '/' && !isThere(ops, at)) {
    missing.unshift(baseName(at))
    at = parentDir(at)
  }
  for (const name of missing) {
    withDir(ops, at, (dir) => ensureDir(ops, dir, name, mode))
    at = joinAbs(at, name)
  }
}

/** The directory that holds `path`; `/` for itself. */
export function parentDir(path: AbsPath): AbsPath {
  const end = path.lastIndexOf('/')
  return (end <= 0 ? '/' : path.slice(0, end)) as AbsPath
}

export function baseName(path: AbsPath): ByteString {
  return nameOf(relPath(path.slice(1)))
}

function isThere(ops: FileOps, path: AbsPath): boolean {
  return withDirIfAny(ops, path, () => true) ?? false
}
