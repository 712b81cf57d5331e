import { OverlayError } from '../errors/overlay-error.js'
import { isOurs } from '../mount/find-mount.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { overlayDirName } from '../paths/overlay-dir.js'
import { quoteName } from '../paths/quote-name.js'
import { parentDir, withDirIfAny } from './open-dirs.js'
import { realPathOf } from './real-path.js'

/**
 * The project that a command run in `start` means: the nearest ancestor that holds `.openagentic`, else `start`
 * itself. Also from inside of a merged directory, which lies below its project's `.openagentic`.
 * @throws OverlayError `PROJECT_INVALID`
 */
export function findProject(ports: Ports, start: AbsPath): AbsPath {
  for (let at = start; ; at = parentDir(at)) {
    if (hasOverlayDir(ports.ops, at)) return checkProject(ports, at)
    if (at === '/') return checkProject(ports, start)
  }
}

/**
 * The real path of a project that was named.
 * @throws OverlayError `PROJECT_INVALID` when it is no directory, or lies in a session's directories or merged view
 */
export function checkProject(ports: Ports, path: AbsPath): AbsPath {
  const { ops } = ports
  const dir = openProject(ops, path)
  try {
    const real = realPathOf(ops, dir)
    if (real === undefined)
      throw insideSession(path, 'it lies in another mount namespace, as a session of a plain user does, or was removed')
    if (real.split('/').includes(overlayDirName)) throw insideSession(path, 'it lies below `.openagentic`')
    if (isMerged(ports, dir)) throw insideSession(path, 'it is the merged directory of a session, or lies in one')
    return real
  } finally {
    ops.close(dir)
  }
}

function hasOverlayDir(ops: FileOps, path: AbsPath): boolean {
  try {
    return withDirIfAny(ops, path, (dir) => ops.stat(dir, overlayDirName)?.type === 'dir') ?? false
  } catch (error) {
    // An ancestor that may be searched but not read, or a file.
    if (isErrno(error, 'EACCES') || isErrno(error, 'ENOTDIR')) return false
    throw error
  }
}

function isMerged(ports: Ports, dir: Fd): boolean {
  const { mountId } = ports.ops.statFd(dir)
  const mount = ports.machine.mountInfo('self').find(({ id }) => id === mountId)
  return mount !== undefined && isOurs(mount)
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is none',
  ENOTDIR: 'it, or something above it, is no directory',
  EACCES: 'it may not be read by you',
  ELOOP: 'its symlinks lead in a circle',
  ENAMETOOLONG: 'a name in it is too long',
}

function openProject(ops: FileOps, path: AbsPath): Fd {
  try {
    return ops.openRoot(path)
  } catch (error) {
    const problem = problems[(error as NodeJS.ErrnoException).code ?? '']
    if (problem === undefined) throw error
    throw new OverlayError('PROJECT_INVALID', `Expected a project directory at ${quoteName(path)}: ${problem}`, {
      path: quoteName(path),
      hint: 'Name the project with -C, or work in its directory.',
      cause: error,
    })
  }
}

function insideSession(path: AbsPath, reason: string): OverlayError {
  return new OverlayError('PROJECT_INVALID', `Expected a project of its own at ${quoteName(path)}: ${reason}`, {
    path: quoteName(path),
    hint: 'A session cannot be the project of another one: work on the real project.',
  })
}
