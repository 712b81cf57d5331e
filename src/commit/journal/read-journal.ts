import type { Fd, FileOps } from '../../os/file-ops.js'
import { isErrno } from '../../os/system-error.js'
import type { RelPath } from '../../paths/byte-string.js'
import { type DecodedPlan, decodePlan } from './decode-plan.js'
import { backName, journalName, markName, planName, rescuedPath, undoName } from './journal-directory.js'
import { type Checksum, damaged } from './journal-format.js'
import type { JournalPlan } from './journal-plan.js'
import { decodeMark, type Mark } from './mark.js'
import { readOwnFile } from './read-own-file.js'

/**
 * How far a commit had come when it was cut short.
 * - `staging`: the project was not touched.
 * - `forward`, `back`: it may be in between, and has to be brought to the new or the old tree.
 * - `keeping`: it is the new tree, and only the journal is left to be put away.
 */
export type FoundJournal =
  | { readonly is: 'staging' }
  | { readonly is: 'forward' | 'back' | 'keeping'; readonly plan: JournalPlan; readonly mark: Mark }

export function hasJournal(ops: FileOps, dir: Fd): boolean {
  return ops.stat(dir, journalName) !== undefined
}

/**
 * What a commit left in the record `dir`; `undefined`: no commit was cut short.
 * @throws OverlayError `JOURNAL_DAMAGED`, `JOURNAL_FOREIGN`
 */
export function readJournal(ops: FileOps, dir: Fd, checksum: Checksum): FoundJournal | undefined {
  if (!hasJournal(ops, dir)) return undefined
  const fd = ops.openDir(dir, journalName as RelPath)
  try {
    if (ops.stat(fd, markName) === undefined) return { is: 'staging' }
    const mark = decodeMark(readOwnFile(ops, fd, markName), checksum)
    if (ops.stat(fd, planName) === undefined) return keptAs(ops, dir, mark, checksum)
    const { plan, sum } = decodePlan(readOwnFile(ops, fd, planName), checksum)
    if (sum !== mark.sum || plan.id !== mark.id) throw damaged('the mark belongs to another plan')
    return { is: ops.stat(fd, backName) === undefined ? 'forward' : 'back', plan, mark }
  } finally {
    ops.close(fd)
  }
}

function keptAs(ops: FileOps, dir: Fd, mark: Mark, checksum: Checksum): FoundJournal {
  const done = readPlanIn(ops, dir, `${undoName}/${mark.id}` as RelPath, checksum)
  if (done?.sum === mark.sum) return { is: 'keeping', plan: done.plan, mark }
  const rescued = readPlanIn(ops, dir, rescuedPath(mark.id), checksum)
  if (rescued?.sum === mark.sum) return { is: 'back', plan: rescued.plan, mark }
  throw damaged('its plan is missing')
}

/** The plan of a commit that is done; `undefined` when it has none. */
export function readKeptPlan(ops: FileOps, dir: Fd, id: string, checksum: Checksum): DecodedPlan | undefined {
  return readPlanIn(ops, dir, `${undoName}/${id}` as RelPath, checksum)
}

function readPlanIn(ops: FileOps, dir: Fd, path: RelPath, checksum: Checksum): DecodedPlan | undefined {
  let kept: Fd
  try {
    kept = ops.openDir(dir, path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
  try {
    if (ops.stat(kept, planName) === undefined) return undefined
    return decodePlan(readOwnFile(ops, kept, planName), checksum)
  } finally {
    ops.close(kept)
  }
}
