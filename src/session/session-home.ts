import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString, RelPath } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { overlayDirName } from '../paths/overlay-dir.js'
import { quoteName } from '../paths/quote-name.js'
import { joinAbs, relPath } from '../paths/rel-path.js'
import { projectKey, projectLayout } from './layout.js'
import { ensureDir, ensureDirs, withDir } from './open-dirs.js'

/** The directory that holds the records of a project's sessions. */
export interface SessionHome {
  /** `<project>/.openagentic/sessions`, or `<state root>/<project key>`. */
  readonly dir: AbsPath
  readonly inProject: boolean
}

export const ignoreFileName: ByteString = bytesFromText('.gitignore')
export const ignoreFileText = '*\n'

/** The home in the project, as far as it exists or not. */
export function homeInProject(project: AbsPath): SessionHome {
  return { dir: projectLayout(project).sessions, inProject: true }
}

export function homeInState(stateRoot: AbsPath, project: AbsPath): SessionHome {
  return { dir: joinAbs(stateRoot, projectKey(project)), inProject: false }
}

/** Makes `<state root>/<project key>` and what is above it, for the user alone. */
export function prepareStateHome(ops: FileOps, stateRoot: AbsPath, project: AbsPath): SessionHome {
  const home = homeInState(stateRoot, project)
  ensureDirs(ops, home.dir, 0o700)
  return home
}

const readOnly = { obstacle: 'the project is on a read-only file system' }

/**
 * Makes `.openagentic` with all that belongs in it. Returns the reason when the project is not ours to write in.
 * @throws OverlayError `PROJECT_INVALID` when something else bears the name
 */
export function prepareProjectHome(ops: FileOps, project: AbsPath): SessionHome | { readonly obstacle: string } {
  try {
    const isWritable = withDir(ops, project, (dir) => makeOverlayDir(ops, project, dir))
    return isWritable ? homeInProject(project) : readOnly
  } catch (error) {
    if (isErrno(error, 'EROFS')) return readOnly
    if (isErrno(error, 'EACCES') || isErrno(error, 'EPERM')) {
      return { obstacle: 'you may not write to the project, or its `.openagentic` belongs to another user' }
    }
    throw error
  }
}

/** `false`: it is all there, and cannot be written. */
function makeOverlayDir(ops: FileOps, project: AbsPath, dir: Fd): boolean {
  ensureDir(ops, dir, overlayDirName, 0o755)
  const own = openOverlayDir(ops, project, dir)
  try {
    for (const name of ['sessions', 'shadow']) ensureDir(ops, own, bytesFromText(name), 0o700)
    ensureFile(ops, own, 'lock', '', 0o644)
    ensureFile(ops, own, '.gitignore', ignoreFileText, 0o644)
    // Fails when they are another user's.
    const sessions = ops.openDir(own, relPath('sessions'))
    try {
      return !ops.statFs(sessions).readOnly
    } finally {
      ops.close(sessions)
    }
  } finally {
    ops.close(own)
  }
}

function openOverlayDir(ops: FileOps, project: AbsPath, dir: Fd): Fd {
  try {
    return ops.openDir(dir, overlayDirName as RelPath)
  } catch (error) {
    const problem = problems.find(([errno]) => isErrno(error, errno))?.[1]
    if (problem === undefined) throw error
    const path = quoteName(joinAbs(project, overlayDirName))
    throw new OverlayError('PROJECT_INVALID', `Expected a directory of our own at ${path}, found ${problem}`, {
      path,
      hint: 'Move it away, or give the sessions a place with --state-dir.',
      cause: error,
    })
  }
}

const problems: readonly (readonly [string, string])[] = [
  ['ELOOP', 'a symlink'],
  ['ENOTDIR', 'a file'],
  ['EXDEV', 'a mount point'],
]

/** A file that a crash left empty is filled. */
function ensureFile(ops: FileOps, dir: Fd, name: string, text: string, mode: number): void {
  const there = ops.stat(dir, bytesFromText(name))
  if (there !== undefined && (there.size > 0 || text === '')) return
  const fd =
    there === undefined
      ? createIfNone(ops, dir, bytesFromText(name), mode)
      : ops.openFileForWriting(dir, bytesFromText(name))
  if (fd === undefined) return
  try {
    ops.write(fd, Buffer.from(text), 0)
  } finally {
    ops.close(fd)
  }
}

/** `undefined` when somebody else has just made it. */
function createIfNone(ops: FileOps, dir: Fd, name: ByteString, mode: number): Fd | undefined {
  try {
    return ops.createFile(dir, name, mode)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return undefined
    throw error
  }
}
