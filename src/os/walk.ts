import type { RelPath } from '../paths/byte-string.js'
import { joinRel } from '../paths/rel-path.js'
import { createDirLadder } from './dir-ladder.js'
import type { Fd, FileOps, ScannedEntry } from './file-ops.js'
import { isErrno } from './system-error.js'

export interface WalkedEntry {
  readonly path: RelPath
  readonly entry: ScannedEntry
  /** The open directory that holds the entry, good until the walk goes on. */
  readonly dir: Fd
}

export interface WalkOptions {
  /** Read extended attributes too. */
  readonly xattrs?: boolean
  /** Whether to go into a directory; left out: always. */
  readonly enter?: (path: RelPath, entry: ScannedEntry) => boolean
}

/**
 * All entries below `root`, each directory before what it holds, names in byte order (`compareTreeOrder`). Any depth, with a
 * bounded number of open directories and without recursion. Nothing below a mount point is visited; what vanishes or is
 * replaced meanwhile is left out.
 * @throws SystemError of a directory that cannot be read (EACCES and so on)
 */
export function* walk(ops: FileOps, root: Fd, options: WalkOptions = {}): Generator<WalkedEntry, void, undefined> {
  const { xattrs = false, enter = () => true } = options
  const ladder = createDirLadder(ops, root)
  const levels: ScannedEntry[][] = [whileThere(() => scan(ops, root, xattrs)) ?? []]
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const entry = level.pop()
      if (entry === undefined) {
        levels.pop()
        ladder.up()
        continue
      }
      const path = joinRel(ladder.path, entry.name)
      const dir = whileThere(() => ladder.fd())
      if (dir === undefined) {
        level.length = 0
        continue
      }
      yield { path, entry, dir }
      if (entry.stat.type !== 'dir' || !enter(path, entry)) continue
      const below = whileThere(() => {
        ladder.down(entry.name)
        return ladder.fd()
      })
      if (below !== undefined) levels.push(whileThere(() => scan(ops, below, xattrs)) ?? [])
    }
  } finally {
    ladder.close()
  }
}

/** Last name first, as they are taken from the end. */
function scan(ops: FileOps, dir: Fd, xattrs: boolean): ScannedEntry[] {
  return ops.scanDir(dir, { xattrs }).sort((one, other) => (one.name < other.name ? 1 : -1))
}

/** `undefined` for a directory that vanished, was replaced since it was listed, or is a mount point (EXDEV). */
function whileThere<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ESTALE', 'EXDEV'].some((code) => isErrno(error, code))) return undefined
    throw error
  }
}
