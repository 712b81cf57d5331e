import { copyFilesOneByOne } from './copy-files-one-by-one.js'
import type { FileOps } from './file-ops.js'
import { renameOneByOne } from './rename-one-by-one.js'

/**
 * `ops` with `copyFiles` and `renameAll` made of its other calls, on one thread: for what has to see, fail or stop each of them.
 * The contract is the same.
 */
export function oneByOne(ops: FileOps): FileOps {
  return {
    ...ops,
    copyFiles: (job) => copyFilesOneByOne(ops, job),
    renameAll: (fromRoot, toRoot, moves) => renameOneByOne(ops, fromRoot, toRoot, moves),
  }
}
