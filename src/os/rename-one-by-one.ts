import { createDirCache } from './dir-cache.js'
import type { EntryMove, Fd, FileOps, MovedEntries } from './file-ops.js'
import { SystemError } from './system-error.js'

/** `FileOps.renameAll`, made of `rename`. */
export function renameOneByOne(ops: FileOps, fromRoot: Fd, toRoot: Fd, moves: readonly EntryMove[]): MovedEntries {
  const [from, to] = [createDirCache(ops, fromRoot), createDirCache(ops, toRoot)]
  let done = 0
  try {
    for (const move of moves) {
      from.at(move.from, (dir, name) =>
        to.at(move.to, (toDir, toName) => ops.rename(dir, name, toDir, toName, move.mode)),
      )
      done += 1
    }
    return { done, failure: undefined }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    return { done, failure: error }
  } finally {
    from.close()
    to.close()
  }
}
