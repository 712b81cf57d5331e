import type { DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { FileOps } from '../os/file-ops.js'
import type { RelPath } from '../paths/byte-string.js'
import { compareTreeOrder, nameOf, parentOf } from '../paths/rel-path.js'
import type { UndoStack } from './undo-stack.js'

/** Owner may search and write: what it takes to rename in a directory. */
const writable = 0o300

/** The project's directories whose entries a commit moves. */
export interface TouchedDirectories {
  /** Remembers how the directory is before its first entry moves, and makes it writable to its owner if it is not. */
  touch(dir: RelPath): void
  /**
   * Gives modes back, and times where `keepsTimes` says that merged still shows the old ones. To be called when every entry is
   * in its place, and before the attributes that the session changed are set.
   */
  restore(keepsTimes: (dir: RelPath) => boolean): void
  /** Whether the directory is still the one that was touched, or was not touched yet. */
  isSame(dir: RelPath): boolean
  before(dir: RelPath): EntryStat | undefined
  all(): ReadonlyMap<RelPath, EntryStat>
}

export function createTouchedDirectories(ops: FileOps, base: DirCache, undo: UndoStack): TouchedDirectories {
  const touched = new Map<RelPath, EntryStat>()

  const restoreTimes = (dir: RelPath, before: EntryStat): void => {
    if (dir === '') ops.setTimes(base.root, '.' as RelPath, before.atimeNs, before.mtimeNs)
    else base.at(dir, (parent, name) => ops.setTimes(parent, name, before.atimeNs, before.mtimeNs))
  }

  return {
    touch: (dir) => {
      if (touched.has(dir)) return
      const before = base.stat(dir)
      if (before === undefined) return
      touched.set(dir, before)
      if (dir !== '' && (before.mode & writable) !== writable) {
        ops.setMode(base.dir(parentOf(dir)), nameOf(dir), before.mode | writable)
        undo.push(() => base.at(dir, (parent, name) => ops.setMode(parent, name, before.mode)))
      }
      undo.push(() => restoreTimes(dir, before))
    },
    restore: (keepsTimes) => {
      const deepestFirst = [...touched].sort(([a], [b]) => compareTreeOrder(b, a))
      for (const [dir, before] of deepestFirst) {
        if (dir !== '' && (before.mode & writable) !== writable) {
          base.at(dir, (parent, name) => ops.setMode(parent, name, before.mode))
        }
        if (keepsTimes(dir)) restoreTimes(dir, before)
      }
    },
    isSame: (dir) => {
      const known = touched.get(dir)
      const now = base.stat(dir)
      return known === undefined || (now?.ino === known.ino && now.dev === known.dev)
    },
    before: (dir) => touched.get(dir),
    all: () => touched,
  }
}
