import type { EntryStat } from '../os/entry-stat.js'
import type { Xattrs } from '../os/file-ops.js'
import type { RelPath } from '../paths/byte-string.js'
import type { Evidence } from './evidence.js'

/** Directories of the project as the scan of the session's changes found them, so that they need not be looked up again. */
export type SeenDirectories = ReadonlyMap<RelPath, SeenDirectory>

export interface SeenDirectory {
  readonly stat: EntryStat
  xattrs(): Xattrs
}

/** The project's entry at the path of a directory; `undefined`: there is none. */
export function statDirectory({ base }: Evidence, seen: SeenDirectories, path: RelPath): EntryStat | undefined {
  return seen.get(path)?.stat ?? base.stat(path)
}
