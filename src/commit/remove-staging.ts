import type { Fd, FileOps } from '../os/file-ops.js'
import { removeTree } from '../os/remove-tree.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { journalName, planName, removeJournal, removeMark, undoName } from './journal/journal-directory.js'
import { hasJournal } from './journal/read-journal.js'
import { returnUpper } from './take-upper.js'

/** Name of a commit's directory in `undo/`. */
export const commitDir: RegExp = /^\d+$/

/**
 * Removes what a commit built that never came to its mark: its directory in `undo/`, which has no plan, and its journal. Nothing of the
 * project can be in it.
 * @returns whether there was any
 */
export function removeStaging(ops: FileOps, dir: Fd): boolean {
  if (!hasJournal(ops, dir)) return false
  const journal = ops.openDir(dir, journalName as RelPath)
  try {
    // One whose flush failed: with it, what is left after a crash would seem to go forward.
    removeMark(ops, journal)
    const removed = removeUnfinished(ops, dir)
    removeJournal(ops, dir, journal)
    return removed > 0
  } finally {
    ops.close(journal)
  }
}

/** How many. */
function removeUnfinished(ops: FileOps, dir: Fd): number {
  if (ops.stat(dir, undoName) === undefined) return 0
  const undo = ops.openDir(dir, undoName as RelPath)
  try {
    const unfinished = ops.scanDir(undo).filter(({ name }) => isUnfinished(ops, undo, name))
    for (const { name } of unfinished) {
      giveUpperBack(ops, dir, undo, name)
      removeTree(ops, undo, name)
    }
    if (ops.scanDir(undo).length === 0) ops.rmdir(dir, undoName)
    return unfinished.length
  } finally {
    ops.close(undo)
  }
}

/** The session's own work, which was about to be moved. */
function giveUpperBack(ops: FileOps, dir: Fd, undo: Fd, name: ByteString): void {
  const slots = ops.openDir(undo, name as string as RelPath)
  try {
    returnUpper(ops, dir, slots)
  } finally {
    ops.close(slots)
  }
}

function isUnfinished(ops: FileOps, undo: Fd, name: ByteString): boolean {
  if (!commitDir.test(name)) return false
  const fd = ops.openDir(undo, name as string as RelPath)
  try {
    return ops.stat(fd, planName) === undefined
  } finally {
    ops.close(fd)
  }
}
