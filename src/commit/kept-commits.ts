import type { Fd, FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { isErrno } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { withDir } from '../session/open-dirs.js'
import type { Session } from '../session/session.js'
import { type JournalPlace, markName, undoName } from './journal/journal-directory.js'
import { damaged } from './journal/journal-format.js'
import type { JournalPlan } from './journal/journal-plan.js'
import { decodeMark, type Mark } from './journal/mark.js'
import { readKeptPlan } from './journal/read-journal.js'
import { readOwnFile } from './journal/read-own-file.js'
import { commitDir } from './remove-staging.js'

/** A commit that is done, with what it displaced in `undo/<id>`. */
export interface KeptCommit {
  readonly plan: JournalPlan
  readonly mark: Mark
  /** When all of it was done, by the clock that stamps files. Nanoseconds. */
  readonly endNs: bigint
}

/** Names of the commits' directories in `undo/`, the newest first. */
export function keptCommitIds(ops: FileOps, dir: Fd): string[] {
  let undo: Fd
  try {
    undo = ops.openDir(dir, undoName as RelPath)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
  try {
    const ids = ops.scanDir(undo).flatMap(({ name }) => (commitDir.test(name) ? [name as string] : []))
    return ids.sort((a, b) => Number(b) - Number(a))
  } finally {
    ops.close(undo)
  }
}

/** Whether what a commit of the session displaced is still there. */
export function keepsUndoData({ ops }: Ports, session: Session): boolean {
  return withDir(ops, session.dir, (dir) => keptCommitIds(ops, dir)).length > 0
}

/** The last commit that was not undone. @throws OverlayError `JOURNAL_DAMAGED`, `JOURNAL_FOREIGN` */
export function lastCommit(place: JournalPlace): KeptCommit | undefined {
  for (const id of keptCommitIds(place.ops, place.dir)) {
    const kept = readKept(place, id)
    if (kept?.plan.kind === 'commit') return kept
  }
  return undefined
}

function readKept({ ops, dir, checksum }: JournalPlace, id: string): KeptCommit | undefined {
  const found = readKeptPlan(ops, dir, id, checksum)
  if (found === undefined) return undefined
  const fd = ops.openDir(dir, `${undoName}/${id}` as RelPath)
  try {
    const end = ops.stat(fd, markName)
    if (end === undefined) throw damaged(`undo/${id} has no mark`)
    const mark = decodeMark(readOwnFile(ops, fd, markName), checksum)
    if (mark.sum !== found.sum) throw damaged(`the mark in undo/${id} belongs to another plan`)
    return { plan: found.plan, mark, endNs: end.ctimeNs }
  } finally {
    ops.close(fd)
  }
}
