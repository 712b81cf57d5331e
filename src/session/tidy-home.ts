import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { overlayDirName } from '../paths/overlay-dir.js'
import { projectKey, projectLayout } from './layout.js'
import { parentDir, unlessGone, withDirIfAny } from './open-dirs.js'
import { ignoreFileName, ignoreFileText } from './session-home.js'

/** After a project's last session is gone: removes `.openagentic`, but for what others have put in it. */
export function tidyProjectHome(ops: FileOps, project: AbsPath): void {
  const wasEmpty = withDirIfAny(ops, projectLayout(project).own, (own) => {
    if (!removeEmpty(ops, own, 'sessions') || !removeEmpty(ops, own, 'shadow')) return false
    removeFile(ops, own, bytesFromText('lock'))
    // Gone: another process tidies at this moment.
    if (unlessGone(() => holdsOnlyOurs(ops, own)) !== true) return false
    removeFile(ops, own, ignoreFileName)
    return true
  })
  if (wasEmpty !== true) return
  withDirIfAny(ops, project, (dir) => removeEmpty(ops, dir, overlayDirName))
}

/** Removes `<state root>/<project key>` when it holds no session any more. */
export function tidyStateHome(ops: FileOps, stateRoot: AbsPath, project: AbsPath): void {
  withDirIfAny(ops, stateRoot, (root) => removeEmpty(ops, root, projectKey(project)))
}

/** Where a session's layers were, beside those of the project's other sessions. */
export function tidyLayersHome(ops: FileOps, layers: AbsPath): void {
  const home = parentDir(layers)
  withDirIfAny(ops, parentDir(home), (root) => removeEmpty(ops, root, home.slice(home.lastIndexOf('/') + 1)))
}

/** `false` when the directory is still of use. */
function removeEmpty(ops: FileOps, parent: Fd, name: ByteString | string): boolean {
  try {
    ops.rmdir(parent, name as ByteString)
  } catch (error) {
    // Another user's, or on a file system that became read-only: not ours to tidy.
    if (['ENOTEMPTY', 'EACCES', 'EPERM', 'EROFS'].some((errno) => isErrno(error, errno))) return false
    if (!isErrno(error, 'ENOENT')) throw error
  }
  return true
}

function removeFile(ops: FileOps, dir: Fd, name: ByteString): void {
  try {
    ops.unlink(dir, name)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
}

function holdsOnlyOurs(ops: FileOps, own: Fd): boolean {
  const names = ops.scanDir(own).map(({ name }) => name)
  return names.every((name) => name === ignoreFileName) && isOurIgnoreFile(ops, own, names)
}

/** Empty: a crash came between its creation and its text. */
function isOurIgnoreFile(ops: FileOps, own: Fd, names: readonly ByteString[]): boolean {
  if (names.length === 0) return true
  return ['', ignoreFileText].includes(Buffer.from(ops.readFile(own, ignoreFileName)).toString('utf8'))
}
