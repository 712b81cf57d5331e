import { adoptOwner } from '../../os/adopt-owner.js'
import type { Fd, FileOps } from '../../os/file-ops.js'
import { removeTree } from '../../os/remove-tree.js'
import { isErrno, SystemError } from '../../os/system-error.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { entryName } from '../../paths/rel-path.js'
import type { Checksum } from './journal-format.js'
import type { JournalPlan } from './journal-plan.js'
import { encodeMark, type Mark } from './mark.js'

export const journalName: ByteString = entryName('journal')
export const undoName: ByteString = entryName('undo')
export const planName: ByteString = entryName('plan')
export const markName: ByteString = entryName('mark')
/** Beside the mark: the commit is being taken back. */
export const backName: ByteString = entryName('back')
/** In a commit's directory: what was built for it. */
const stageName: ByteString = entryName('stage')

/** In the directory of a commit that closes its session: the upper, whose files are moved. */
export const takenDir = 'upper'

/** Root's stay root's, which counts (`readOwnFile`); the user whose session it is has to read them too. The directories above are closed to others. */
export const ownFileMode = 0o644

/** Where the journals of one session are, and how they are written. */
export interface JournalPlace {
  readonly ops: FileOps
  /** The directory of the session's record. */
  readonly dir: Fd
  readonly checksum: Checksum
  /** `false` for throw-away trees: nothing is flushed. */
  readonly sync: boolean
}

/** A journal that is being written, or was found. `slots` is the open directory `undo/<id>`. */
export interface OpenJournal {
  readonly fd: Fd
  readonly id: string
  readonly slots: Fd
  close(): void
}

/** The first thing that a commit or undo makes. @throws SystemError EEXIST: what is there belongs to one that is not done */
export function makeJournal({ ops, dir }: JournalPlace): void {
  ops.mkdir(dir, journalName, 0o700)
}

/** Begins a commit in the new journal: its directory in `undo/` with an empty stage. */
export function beginJournal({ ops, dir }: JournalPlace): OpenJournal {
  adoptOwner(ops, dir, journalName)
  const fd = ops.openDir(dir, journalName as RelPath)
  try {
    makeDirIfNone(ops, dir, undoName)
    const undo = ops.openDir(dir, undoName as RelPath)
    try {
      const id = makeCommitDir(ops, undo)
      const slots = ops.openDir(undo, id as RelPath)
      try {
        makeDir(ops, slots, stageName)
        dropDefaultAcl(ops, slots, stageName)
        return openJournal(ops, fd, id, slots)
      } catch (error) {
        ops.close(slots)
        throw error
      }
    } finally {
      ops.close(undo)
    }
  } catch (error) {
    ops.close(fd)
    throw error
  }
}

/** The same for an undo: the slots are those of the commit that it takes back. */
export function beginUndoJournal({ ops, dir }: JournalPlace, id: string): OpenJournal {
  adoptOwner(ops, dir, journalName)
  return openExisting(ops, dir, id)
}

/** The journal that is there, with the slots that belong to it. */
export function openExisting(ops: FileOps, dir: Fd, id: string): OpenJournal {
  const fd = ops.openDir(dir, journalName as RelPath)
  try {
    return openJournal(ops, fd, id, ops.openDir(dir, `${undoName}/${id}` as RelPath))
  } catch (error) {
    ops.close(fd)
    throw error
  }
}

function openJournal(ops: FileOps, fd: Fd, id: string, slots: Fd): OpenJournal {
  const close = (): void => {
    ops.close(slots)
    ops.close(fd)
  }
  return { fd, id, slots, close }
}

/** The point from which on there is only forward. Durable when this returns. */
export function writeMark(
  { ops, checksum, sync }: JournalPlace,
  { fd }: OpenJournal,
  mark: Omit<Mark, 'stampNs'>,
): Mark {
  const draft = entryName('mark.new')
  const file = ops.createFile(fd, draft, ownFileMode)
  try {
    const stamped = { ...mark, stampNs: ops.statFd(file).ctimeNs }
    ops.write(file, encodeMark(stamped, checksum), 0)
    if (sync) ops.fsync(file)
    ops.rename(fd, draft, fd, markName, 'noreplace')
    if (sync) ops.fsync(fd)
    return stamped
  } finally {
    ops.close(file)
  }
}

/** Turns round: from here on there is only back. Durable when this returns. */
export function writeBack({ ops, sync }: JournalPlace, { fd }: OpenJournal): void {
  try {
    ops.close(ops.createFile(fd, backName, 0o600))
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
  if (sync) ops.fsync(fd)
}

/** Done: the plan goes to what was displaced. From here on there is no way back, and a mark alone says what is left to do. */
export function keepPlan({ ops }: JournalPlace, { fd, slots }: OpenJournal): void {
  ops.rename(fd, planName, slots, planName, 'replace')
}

/** The last step, after {@link keepPlan}. */
export function putAway({ ops, dir, sync }: JournalPlace, { fd, slots }: OpenJournal, kind: JournalPlan['kind']): void {
  // A commit that is forgotten shows again. An undo that is forgotten would hide that its changes are pending.
  if (sync && kind === 'undo') ops.syncFs(slots)
  ops.rename(fd, markName, slots, markName, 'replace')
  ops.rmdir(dir, journalName)
}

/** {@link putAway}; what fails is left to the next command. */
export function putAwayOrLeave(place: JournalPlace, journal: OpenJournal, kind: JournalPlan['kind']): void {
  try {
    putAway(place, journal, kind)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
  }
}

/** Where a commit's directory is kept when something of the person's is in it: its path below the record. */
export function rescuedPath(id: string): RelPath {
  return `${undoName}/${rescuedName(id)}` as RelPath
}

/** Keeps the commit's directory, with its plan, as {@link rescuedPath}. What is left to do is {@link removeJournal}. */
export function keepRescued(place: JournalPlace, { id }: OpenJournal): string {
  const { ops, dir } = place
  const undo = ops.openDir(dir, undoName as RelPath)
  try {
    ops.rename(undo, id as ByteString, undo, rescuedName(id), 'noreplace')
  } finally {
    ops.close(undo)
  }
  return keepRescuedPlan(place, id)
}

/** The second half of {@link keepRescued}: the plan says what was where. */
export function keepRescuedPlan({ ops, dir }: JournalPlace, id: string): string {
  const path = rescuedPath(id)
  const fd = ops.openDir(dir, journalName as RelPath)
  try {
    if (ops.stat(fd, planName) === undefined) return path
    const kept = ops.openDir(dir, path)
    try {
      ops.rename(fd, planName, kept, planName, 'noreplace')
    } finally {
      ops.close(kept)
    }
    return path
  } finally {
    ops.close(fd)
  }
}

function rescuedName(id: string): ByteString {
  return `rescued-${id}` as ByteString
}

/** Everything is as it was before. The mark goes first: without `back` it would say forward. */
export function removeJournal(ops: FileOps, dir: Fd, fd: Fd): void {
  removeMark(ops, fd)
  removeTree(ops, dir, journalName)
}

export function removeMark(ops: FileOps, fd: Fd): void {
  if (ops.stat(fd, markName) !== undefined) ops.unlink(fd, markName)
}

/** `undo/<milliseconds since 1970>` */
function makeCommitDir(ops: FileOps, undo: Fd): string {
  for (let id = Date.now(); ; id += 1) {
    try {
      makeDir(ops, undo, `${id}` as ByteString)
      return `${id}`
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error
    }
  }
}

function makeDir(ops: FileOps, dir: Fd, name: ByteString): void {
  ops.mkdir(dir, name, 0o700)
  adoptOwner(ops, dir, name)
}

function makeDirIfNone(ops: FileOps, dir: Fd, name: ByteString): void {
  if (ops.stat(dir, name) === undefined) makeDir(ops, dir, name)
}

/** A default ACL of the project would be put on every staged entry. */
function dropDefaultAcl(ops: FileOps, dir: Fd, name: ByteString): void {
  const key = 'system.posix_acl_default' as ByteString
  if (ops.getXattrs(dir, name).has(key)) ops.removeXattr(dir, name, key)
}
