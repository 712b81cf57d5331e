import { OverlayError } from '../errors/overlay-error.js'
import { adoptOwner } from '../os/adopt-owner.js'
import { createDirCache } from '../os/dir-cache.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { removeTree } from '../os/remove-tree.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { entryName } from '../paths/rel-path.js'
import type { Step } from './plan.js'
import type { SessionView } from './session-view.js'
import type { StagedInodes } from './stage.js'

const stageName = entryName('stage')
const listName = entryName('displaced.jsonl')
const undoName = entryName('undo')
/** Its presence in a stage says that the real tree was being changed, so that what lies there may be the person's. */
const applyingName = entryName('applying')

/** Where a commit builds new entries, and where what they displace ends up. */
export interface StageDirectory {
  readonly fd: Fd
  /** Notes on disk that from here on the stage may hold entries of the project, and which. */
  markApplying(steps: readonly Step[]): void
  /** The commit is done: keeps what was displaced below `undo/<name>`, with a list of what was what; removes the stage if nothing was. */
  keep(name: string, steps: readonly Step[]): void
  /** The commit was taken back: removes the stage, unless it holds anything that is not ours. Returns the place of what was kept. */
  discard(steps: readonly Step[], staged: StagedInodes): ByteString | undefined
  close(): void
}

/**
 * Makes an empty stage. One that a killed commit left is removed when nothing had been moved yet, and else kept below `undo/`,
 * since it may hold the only copy of a displaced entry.
 * @throws OverlayError `COMMIT_FAILED` when the session's directory is not on the project's file system
 */
export function openStage(view: SessionView): StageDirectory {
  const { ops, dir, base, session } = view
  if (ops.statFd(dir).dev !== ops.statFd(base.root).dev) {
    throw new OverlayError(
      'COMMIT_FAILED',
      `Expected to write to ${quoteName(session.project)}, found that the session's record had to be kept elsewhere`,
      {
        path: quoteName(session.project),
        hint: 'The project cannot be written. Make it writable and mount a new session, or copy what you need out of the merged directory.',
      },
    )
  }
  clearLeftOver(ops, dir)
  const fd = makeStage(ops, dir)
  let applying = false
  return {
    fd,
    markApplying: (steps) => {
      applying = true
      writeList(ops, fd, displacing(steps))
      ops.close(ops.createFile(fd, applyingName, 0o600))
      adoptOwner(ops, fd, applyingName)
    },
    keep: (name, steps) => {
      ops.unlink(fd, applyingName)
      if (displacing(steps).length === 0) {
        ops.unlink(fd, listName)
        ops.rmdir(dir, stageName)
        return
      }
      moveToUndo(ops, dir, name)
    },
    discard: (steps, staged) => {
      // Before that nothing but copies can be in it.
      if (!applying || !holdsForeign(ops, fd, steps, staged)) {
        removeTree(ops, dir, stageName)
        return undefined
      }
      return moveToUndo(ops, dir, `rescued-${Date.now()}`)
    },
    close: () => ops.close(fd),
  }
}

function makeStage(ops: FileOps, dir: Fd): Fd {
  ops.mkdir(dir, stageName, 0o700)
  try {
    adoptOwner(ops, dir, stageName)
    dropDefaultAcl(ops, dir)
    return ops.openDir(dir, stageName as RelPath)
  } catch (error) {
    ops.rmdir(dir, stageName)
    throw error
  }
}

function clearLeftOver(ops: FileOps, dir: Fd): void {
  if (ops.stat(dir, stageName) === undefined) return
  const fd = ops.openDir(dir, stageName as RelPath)
  const applying = ops.stat(fd, applyingName) !== undefined
  ops.close(fd)
  if (applying) moveToUndo(ops, dir, `interrupted-${Date.now()}`)
  else removeTree(ops, dir, stageName)
}

/** A default ACL of the project would be put on every staged entry. */
function dropDefaultAcl(ops: FileOps, dir: Fd): void {
  const key = 'system.posix_acl_default' as ByteString
  if (ops.getXattrs(dir, stageName).has(key)) ops.removeXattr(dir, stageName, key)
}

function moveToUndo(ops: FileOps, dir: Fd, name: string): ByteString {
  try {
    ops.mkdir(dir, undoName, 0o700)
    adoptOwner(ops, dir, undoName)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
  const undo = ops.openDir(dir, undoName as RelPath)
  try {
    ops.rename(dir, stageName, undo, entryName(name), 'noreplace')
  } finally {
    ops.close(undo)
  }
  return `${undoName}/${name}` as ByteString
}

function displacing(steps: readonly Step[]): Extract<Step, { does: 'exchange' | 'remove' }>[] {
  return steps.filter((step) => step.does === 'exchange' || step.does === 'remove')
}

/** `displaced.jsonl`: the name in this directory, and the path in the project that it was moved from. */
function writeList(ops: FileOps, stage: Fd, steps: readonly Extract<Step, { staged: string }>[]): void {
  const lines = steps.map(({ staged, path }) => `${JSON.stringify({ name: staged, path: quoteName(path) })}\n`)
  const fd = ops.createFile(stage, listName, 0o600)
  try {
    ops.write(fd, Buffer.from(lines.join(''), 'utf8'), 0)
  } finally {
    ops.close(fd)
  }
  adoptOwner(ops, stage, listName)
}

/** Anything but what was staged: an entry whose way back failed, or one that the person saved over ours meanwhile. */
function holdsForeign(ops: FileOps, fd: Fd, steps: readonly Step[], staged: StagedInodes): boolean {
  const stage = createDirCache(ops, fd)
  return steps.some((step) => {
    if (step.does === 'attributes') return false
    const now = stage.stat(step.staged as RelPath)
    return now !== undefined && (step.does === 'remove' || now.ino !== staged.get(step.path))
  })
}
