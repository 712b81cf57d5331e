import type { Fd, FileOps, LazyEntry, ScannedEntry } from '../os/file-ops.js'
import type { MarkFamily } from '../overlay-format/mark-names.js'
import { decodeMarks } from '../overlay-format/marks.js'
import { isWhiteoutDevice } from '../overlay-format/whiteout.js'
import type { ByteString } from '../paths/byte-string.js'

/** An entry of one layer; attributes and link target are read when they are asked for. */
export type LayerEntry = LazyEntry

export function scanned(entry: ScannedEntry): LayerEntry {
  return { stat: entry.stat, xattrs: () => entry.xattrs, target: () => entry.target }
}

/** Looks one name up; `undefined`: there is none. */
export function probe(ops: FileOps, dir: Fd, name: ByteString): LayerEntry | undefined {
  const stat = ops.stat(dir, name)
  if (stat === undefined) return undefined
  return {
    stat,
    xattrs: () => ops.getXattrs(dir, name),
    target: () => (stat.type === 'symlink' ? ops.readLink(dir, name) : undefined),
  }
}

/**
 * How merged shows a project entry that no upper entry covers. Overlayfs honours a few marks in its lowest layer too:
 * `hidden` for what it takes for a whiteout, `unreadable` (EIO) for a file that says its data lies in a layer below.
 */
export function lowerVisibility(entry: LayerEntry, family: MarkFamily): 'shown' | 'hidden' | 'unreadable' {
  if (isWhiteoutDevice(entry.stat)) return 'hidden'
  if (entry.stat.type !== 'file') return 'shown'
  const marks = decodeMarks(entry.xattrs(), family)
  if (marks.whiteout && entry.stat.size === 0) return 'hidden'
  return marks.metacopy === undefined ? 'shown' : 'unreadable'
}
