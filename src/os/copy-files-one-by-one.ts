import type { ByteString, RelPath } from '../paths/byte-string.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import { createDirCache, type DirCache } from './dir-cache.js'
import type { EntryStat } from './entry-stat.js'
import type { CopiedAttributes, CopiedFile, CopyJob, Fd, FileOps, FileToCopy } from './file-ops.js'
import { createPace, type Pace, stoppedOnRequest } from './pace.js'
import { SourceMoved } from './source-moved.js'
import { isErrno } from './system-error.js'

/** Bytes copied in one call, so that a large file can be stopped half way. */
const piece = 16 << 20

interface Copying {
  readonly ops: FileOps
  readonly from: DirCache
  readonly to: DirCache
  readonly pace: Pace
  /** Where one file cannot be cloned none can: the roots are one pair of file systems. */
  cannotClone: boolean
}

/** `FileOps.copyFiles`, made of the other calls. */
export async function copyFilesOneByOne(ops: FileOps, job: CopyJob): Promise<void> {
  const { fromRoot, toRoot, files, signal, onProgress } = job
  const [from, to] = [createDirCache(ops, fromRoot), createDirCache(ops, toRoot)]
  const pace = createPace(signal)
  const copying: Copying = { ops, from, to, pace, cannotClone: false }
  const copied: CopiedFile[] = []
  try {
    if (signal?.aborted === true) throw stoppedOnRequest(signal)
    for (const file of files) {
      copied.push(await copyFile(copying, file, copied.length))
      const due = pace.due()
      if (due === undefined) continue
      onProgress?.(copied.length)
      await due
    }
    onProgress?.(copied.length)
    job.onCopied?.(0, copied)
  } finally {
    from.close()
    to.close()
  }
}

async function copyFile(copying: Copying, file: FileToCopy, index: number): Promise<CopiedFile> {
  const { ops, to } = copying
  const source = openSource(copying, file.from, index)
  try {
    const before = ops.statFd(source)
    if (!isExpected(before, file)) throw new SourceMoved(index)
    const { mode } = file.attributes
    const [dir, name] = [to.dir(parentOf(file.to)), nameOf(file.to)]
    const made = ops.createFile(dir, name, mode & 0o777)
    try {
      if (before.size > 0) await fill(copying, source, made)
      const after = ops.statFd(source)
      if (after.ctimeNs !== before.ctimeNs || after.size !== before.size) throw new SourceMoved(index)
      setAttributes(ops, dir, name, ops.statFd(made), file.attributes)
      const { ino, ctimeNs } = ops.statFd(made)
      return { ino, ctimeNs }
    } finally {
      ops.close(made)
    }
  } finally {
    ops.close(source)
  }
}

/** What the threads take for a source that moved: it is gone, or something else than a regular file. */
const movedCodes = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'EINVAL']

function openSource({ ops, from }: Copying, path: RelPath, index: number): Fd {
  try {
    return from.at(path, (dir, name) => ops.openFile(dir, name))
  } catch (error) {
    if (movedCodes.some((code) => isErrno(error, code))) throw new SourceMoved(index)
    throw error
  }
}

function isExpected(found: EntryStat, { expected }: FileToCopy): boolean {
  const { size, ino = found.ino, ctimeNs = found.ctimeNs } = expected
  return found.size === size && found.ino === ino && found.ctimeNs === ctimeNs
}

async function fill(copying: Copying, from: Fd, to: Fd): Promise<void> {
  const { ops, pace } = copying
  if (!copying.cannotClone && ops.cloneContent(from, to)) return
  copying.cannotClone = true
  for (let at: number | undefined = 0; at !== undefined; ) {
    at = ops.copyContent(from, to, at, piece)
    await pace.due()
  }
}

/** Owner first (chown clears setuid and capabilities), then extended attributes (an ACL sets mode bits), then mode, then times. */
function setAttributes(ops: FileOps, dir: Fd, name: ByteString, now: EntryStat, wanted: CopiedAttributes): void {
  const { mode, uid, gid, atimeNs, mtimeNs, xattrs } = wanted
  const chown = now.uid !== uid || now.gid !== gid
  if (chown) ops.setOwner(dir, name, uid, gid)
  for (const [key, value] of xattrs) ops.setXattr(dir, name, key, value)
  if (chown || xattrs.size > 0 || now.mode !== mode) ops.setMode(dir, name, mode)
  ops.setTimes(dir, name, atimeNs, mtimeNs)
}
