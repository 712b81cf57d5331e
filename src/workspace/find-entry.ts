import type { EntryType } from '../os/entry-stat.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { joinRel, nameOf, parentOf, rootPath } from '../paths/rel-path.js'
import { makeDirectories } from './make-directories.js'
import { describeType, noSuchEntry, notADirectory, pathOutside } from './workspace-errors.js'

/** Times that somebody may put a link in the place of a directory before the call gives up. */
const races = 20
/** Links on one path, as the kernel has it (MAXSYMLINKS), and names that they may lead to. */
const mostLinks = 40
const mostNames = 4096

/** An entry's directory is open; no link led there. */
export type UseEntry<T> = (dir: Fd, name: ByteString, path: RelPath) => T

export interface FindOptions {
  /** Why nothing at a path may be used; asked for every path that is, after its links were followed. */
  readonly refuse: (path: RelPath) => string | undefined
}

/** Thrown by whoever finds, or may have found, a link where it wants what the link leads to. */
export class MetLink extends Error {}

/**
 * Calls `use` with the entry at a path. Links above it are followed as long as they stay beneath `root`; `use` meets the entry itself, and if it
 * fails with ELOOP or {@link MetLink}, what the link there leads to. Each directory is opened beneath `root` and without following links, so a link that comes in
 * between is found, not followed.
 * @throws OverlayError `PATH_OUTSIDE`, `NO_SUCH_ENTRY`, `NOT_A_DIRECTORY`; whatever `use` throws
 */
export function withEntry<T>(
  ops: FileOps,
  root: Fd,
  path: RelPath,
  options: FindOptions & { readonly makesParents?: boolean },
  use: UseEntry<T>,
): T {
  return whileLinked(ops, root, path, { ...options, wantsDir: false }, (at) => {
    const dir = openBeneath(ops, root, parentOf(at), { wanted: at, makes: options.makesParents === true })
    try {
      return use(dir, nameOf(at), at)
    } finally {
      ops.close(dir)
    }
  })
}

/** As {@link withEntry}, for a directory. */
export function withDirectory<T>(
  ops: FileOps,
  root: Fd,
  path: RelPath,
  options: FindOptions,
  use: (dir: Fd, path: RelPath) => T,
): T {
  return whileLinked(ops, root, path, { ...options, wantsDir: true }, (at) => {
    const dir = openBeneath(ops, root, at, { wanted: at, makes: false })
    try {
      return use(dir, at)
    } finally {
      ops.close(dir)
    }
  })
}

/** Follows the links of `path` only once one is met: nearly no path has any. */
function whileLinked<T>(
  ops: FileOps,
  root: Fd,
  path: RelPath,
  { refuse, wantsDir }: FindOptions & { readonly wantsDir: boolean },
  attempt: (at: RelPath) => T,
): T {
  let at = path
  for (let race = 0; ; race += 1) {
    const reason = refuse(at)
    if (reason !== undefined) throw pathOutside(path, reason)
    try {
      return attempt(at)
    } catch (error) {
      if (!isErrno(error, 'ELOOP') && !(error instanceof MetLink)) throw error
      if (race === races) throw pathOutside(path, 'links keep taking the place of its directories', error)
      at = followLinks(ops, root, path, wantsDir)
    }
  }
}

/**
 * The same path with no link in it, as far as there is something.
 * @throws OverlayError `PATH_OUTSIDE`; `NOT_A_DIRECTORY` for something else where it goes on, or at its end if a directory is wanted
 */
function followLinks(ops: FileOps, root: Fd, path: RelPath, wantsDir: boolean): RelPath {
  const names = path.split('/').reverse()
  let at = rootPath
  let links = 0
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    if (name === '' || name === '.') continue
    if (name === '..') {
      if (at === rootPath) throw pathOutside(path, linkLeadsOut)
      at = parentOf(at)
      continue
    }
    const below = joinRel(at, name as ByteString)
    const there = lookAt(ops, root, at, name as ByteString)
    if (there?.target === undefined) {
      const ends = names.length === 0 && !wantsDir
      if (there !== undefined && there.type !== 'dir' && !ends) throw notADirectory(below, describeType(there.type))
      at = below
      continue
    }
    if (there.target.startsWith('/')) throw pathOutside(path, linkLeadsOut)
    names.push(...there.target.split('/').reverse())
    links += 1
    if (links > mostLinks || names.length > mostNames) throw pathOutside(path, 'its symbolic links lead in a circle')
  }
  return at
}

const linkLeadsOut = 'a symbolic link in it leads out'

interface Seen {
  readonly type: EntryType
  /** Where a link leads. */
  readonly target: ByteString | undefined
}

/** `undefined` for what is not there, or went while it was looked at. */
function lookAt(ops: FileOps, root: Fd, parent: RelPath, name: ByteString): Seen | undefined {
  let dir: Fd | undefined
  try {
    dir = ops.openDir(root, parent)
    const type = ops.stat(dir, name)?.type
    return type === undefined ? undefined : { type, target: type === 'symlink' ? ops.readLink(dir, name) : undefined }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'EXDEV'].some((code) => isErrno(error, code))) return undefined
    throw error
  } finally {
    if (dir !== undefined) ops.close(dir)
  }
}

/** `wanted`: what the directory is opened for. */
function openBeneath(
  ops: FileOps,
  root: Fd,
  path: RelPath,
  { wanted, makes }: { readonly wanted: RelPath; readonly makes: boolean },
): Fd {
  try {
    return makes ? openMade(ops, root, path) : ops.openDir(root, path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw noSuchEntry(wanted, error)
    // What openat2 answers to a link as the last name of a directory's path, too.
    if (isErrno(error, 'ENOTDIR')) throw new MetLink('not a directory', { cause: error })
    if (isErrno(error, 'EXDEV')) throw pathOutside(wanted, 'something is mounted there', error)
    throw error
  }
}

function openMade(ops: FileOps, root: Fd, path: RelPath): Fd {
  try {
    return ops.openDir(root, path)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  makeDirectories(ops, root, path)
  return ops.openDir(root, path)
}
