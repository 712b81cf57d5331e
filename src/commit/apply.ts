import type { DirCache } from '../os/dir-cache.js'
import { createDirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, RenameMode } from '../os/file-ops.js'
import type { Pace } from '../os/pace.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { parentOf } from '../paths/rel-path.js'
import { isDisplacedAsJudged, isStillJudged, LateConflict } from './displaced.js'
import type { Expected, Step } from './plan.js'
import type { SessionView } from './session-view.js'
import { type Attributes, setAttributes } from './set-attributes.js'
import { createTouchedDirectories, type TouchedDirectories } from './touched-directories.js'
import type { UndoStack } from './undo-stack.js'

/** What an application of steps works with. */
interface Application {
  readonly view: SessionView
  readonly base: DirCache
  readonly stage: DirCache
  readonly undo: UndoStack
  readonly touched: TouchedDirectories
}

/**
 * Does the steps on the real tree, each with its way back on `undo`. Every entry is moved by one rename relative to a parent that was opened beneath
 * the project; what a rename displaced is looked at, and put back if it is not what was judged.
 * @throws LateConflict; SystemError of the call that failed. The caller unwinds `undo`.
 * @returns the directories whose entries moved, as they were before
 */
export async function applySteps(
  view: SessionView,
  stageFd: Fd,
  steps: readonly Step[],
  undo: UndoStack,
  keepsTimes: (dir: RelPath) => boolean,
  pace: Pace,
  onProgress: (done: number) => void,
): Promise<ReadonlyMap<RelPath, EntryStat>> {
  const { ops, base } = view
  const stage = createDirCache(ops, stageFd)
  const touched = createTouchedDirectories(ops, base, undo)
  const application: Application = { view, base, stage, undo, touched }
  const moves = steps.filter((step) => !isOfDirectory(step))
  const directories = steps.filter(isOfDirectory)
  // Directories that were opened for the review may have been moved since.
  base.forget()
  try {
    for (const [index, step] of moves.entries()) {
      doStep(application, step)
      const due = pace.due()
      if (due === undefined) continue
      onProgress(index)
      await due
    }
    refuseMovedParents(application)
    touched.restore(keepsTimes)
    for (const step of directories) doStep(application, step)
  } finally {
    stage.close()
  }
  return touched.all()
}

/** A directory that was moved away while entries were put into it took them along: nothing of it may stay. */
function refuseMovedParents({ base, touched }: Application): void {
  base.forget()
  for (const [dir, before] of touched.all()) {
    if (!touched.isSame(dir)) throw new LateConflict(dir, 'parent', before, base.stat(dir))
  }
}

function isOfDirectory(step: Step): boolean {
  return step.does === 'attributes' && step.wanted.type === 'dir'
}

function doStep(application: Application, step: Step): void {
  if (step.does !== 'attributes') application.touched.touch(parentOf(step.path))
  if (step.does === 'place') place(application, step)
  else if (step.does === 'exchange') exchange(application, step)
  else if (step.does === 'remove') remove(application, step)
  else changeAttributes(application, step)
}

function place(application: Application, step: Extract<Step, { does: 'place' }>): void {
  const { base, undo } = application
  try {
    move(application, step.staged, step.path, 'noreplace', 'in')
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw new LateConflict(step.path, 'appeared', undefined, base.stat(step.path))
    throw parentConflict(error, step.path)
  }
  undo.push(() => moveBack(application, step.staged, step.path, 'noreplace', 'out'))
  if (step.wanted.type === 'dir') finishPlaced(application, step.path, step.wanted)
}

function exchange(application: Application, step: Extract<Step, { does: 'exchange' }>): void {
  const { view, base, stage, undo } = application
  const { path, staged } = step
  const expected = openUp(application, path, step.expected)
  try {
    move(application, staged, path, 'exchange', 'in')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new LateConflict(path, 'vanished', expected.stat, undefined)
    throw parentConflict(error, path)
  }
  undo.push(() => moveBack(application, staged, path, 'exchange', 'in'))
  if (!isDisplacedAsJudged(view.ops, view.hasher, stage, staged as RelPath, expected)) {
    throw new LateConflict(path, 'changed', expected.stat, stage.stat(staged as RelPath))
  }
  if (expected.stat.type === 'dir') base.forget()
  if (step.wanted.type === 'dir') finishPlaced(application, path, step.wanted)
}

function remove(application: Application, step: Extract<Step, { does: 'remove' }>): void {
  const { view, base, stage, undo } = application
  const { path, staged } = step
  const expected = openUp(application, path, step.expected)
  try {
    move(application, staged, path, 'noreplace', 'out')
  } catch (error) {
    // Somebody else removed it: that is what the session wants.
    if (isErrno(error, 'ENOENT')) return
    throw parentConflict(error, path)
  }
  undo.push(() => moveBack(application, staged, path, 'noreplace', 'in'))
  if (expected.stat.type === 'dir') base.forget()
  if (!isDisplacedAsJudged(view.ops, view.hasher, stage, staged as RelPath, expected)) {
    throw new LateConflict(path, 'changed', expected.stat, stage.stat(staged as RelPath))
  }
}

/** Moving a directory away writes its `..`, which a plain user may only where the directory is writable: what is expected then. */
function openUp({ view, base, undo }: Application, path: RelPath, expected: Expected): Expected {
  const { stat } = expected
  if (stat.type !== 'dir' || (stat.mode & 0o200) !== 0 || base.stat(path)?.ino !== stat.ino) return expected
  const setMode = (mode: number): void => base.at(path, (dir, name) => view.ops.setMode(dir, name, mode))
  setMode(stat.mode | 0o200)
  undo.push(() => setMode(stat.mode))
  return { ...expected, stat: { ...stat, mode: stat.mode | 0o200 } }
}

function changeAttributes(application: Application, step: Extract<Step, { does: 'attributes' }>): void {
  const { view, base, undo, touched } = application
  const { path, wanted, expected, aspects } = step
  const now = base.stat(path)
  if (now === undefined) throw new LateConflict(path, 'vanished', expected.stat, undefined)
  const changed = now.type === 'dir' ? now.ino !== expected.stat.ino : !isStillJudged(expected.stat, now)
  if (changed) throw new LateConflict(path, 'changed', expected.stat, now)
  const before = touchedBefore(now, expected.stat, touched, path)
  atEntry(base, path, (dir, name) => {
    // To ask for them costs more than all the rest.
    const xattrs = aspects.has('xattrs') ? view.ops.getXattrs(dir, name) : wanted.xattrs
    undo.push(() => putBack(application, path, { ...before, xattrs }))
    setAttributes(view.ops, dir, name, wanted, now, xattrs)
  })
}

/** The project's root has no parent to be named from. */
function atEntry(base: DirCache, path: RelPath, use: (dir: Fd, name: ByteString) => void): void {
  if (path === '') use(base.root, '.' as ByteString)
  else base.at(path, use)
}

function putBack({ view, base }: Application, path: RelPath, before: Attributes): void {
  const now = base.stat(path)
  if (now !== undefined) atEntry(base, path, (dir, name) => setAttributes(view.ops, dir, name, before, now))
}

/** A directory whose entries moved already has new times; its way back is to those that were judged. */
function touchedBefore(now: EntryStat, judged: EntryStat, touched: TouchedDirectories, path: RelPath): EntryStat {
  return touched.before(path) !== undefined ? { ...now, atimeNs: judged.atimeNs, mtimeNs: judged.mtimeNs } : now
}

/** A directory was staged writable, and its move may have touched its times. */
function finishPlaced(
  { view, base }: Application,
  path: RelPath,
  wanted: Extract<Step, { does: 'place' }>['wanted'],
): void {
  const now = base.stat(path)
  if (now !== undefined) base.at(path, (dir, name) => setAttributes(view.ops, dir, name, wanted, now))
}

function move(
  { view, base, stage }: Application,
  staged: string,
  path: RelPath,
  mode: RenameMode,
  way: 'in' | 'out',
): void {
  base.at(path, (dir, name) => {
    if (way === 'in') view.ops.rename(stage.root, staged as ByteString, dir, name, mode)
    else view.ops.rename(dir, name, stage.root, staged as ByteString, mode)
  })
}

/** The way back leads through the directory that was gone through before, or not at all. */
function moveBack(application: Application, staged: string, path: RelPath, mode: RenameMode, way: 'in' | 'out'): void {
  if (!application.touched.isSame(parentOf(path))) throw new LateConflict(path, 'parent', undefined, undefined)
  move(application, staged, path, mode, way)
}

/** The directory that holds the path went away or became something else. */
function parentConflict(error: unknown, path: RelPath): unknown {
  const gone = ['ENOENT', 'ENOTDIR', 'ELOOP'].some((code) => isErrno(error, code))
  return gone ? new LateConflict(path, 'parent', undefined, undefined) : error
}
