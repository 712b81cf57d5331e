import type { Change, WantedEntry } from '../changeset/change.js'
import { isBaseGroup } from '../changeset/link-groups.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, FileOps, SeenEntry } from '../os/file-ops.js'
import { lookAtEach } from '../os/look-at-each.js'
import { carriedXattrs } from '../overlay-format/plain-xattrs.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { entryName } from '../paths/rel-path.js'
import { takenDir } from './journal/journal-directory.js'
import type { TakenFile } from './plan.js'
import type { SessionView } from './session-view.js'
import { MovedWhileStaged } from './stage-contents.js'

const upperName: ByteString = entryName(takenDir)

/**
 * The files of the upper that can be moved into the project as they are: content and attributes are the wanted ones, but for overlayfs' own marks. The
 * session is not mounted any more.
 * @throws MovedWhileStaged for one that is not as it was judged
 */
export function takeableFiles({ ops, upper }: SessionView, changes: readonly Change[]): Map<RelPath, TakenFile> {
  const taken = new Map<RelPath, TakenFile>()
  const look = (change: Change, now: SeenEntry | undefined): void => {
    const { path, wanted } = change
    if (now === undefined || !isAsJudged(change, now.stat)) throw new MovedWhileStaged(path)
    if (wanted === undefined || !isTakeable(wanted, now)) return
    taken.set(path, { ino: now.stat.ino, strip: [...now.xattrs().keys()].filter(isOverlayMark) })
  }
  lookAtEach(ops, upper.root, changes.filter(isOwnFile), ({ path }) => path, look, { xattrs: true })
  return taken
}

function isAsJudged({ upper }: Change, now: EntryStat): boolean {
  return now.ino === upper.ino && now.ctimeNs === upper.ctimeNs && now.size === upper.size
}

function isTakeable({ mode, uid, gid, xattrs }: WantedEntry, now: SeenEntry): boolean {
  const { stat } = now
  if (stat.mode !== mode || stat.uid !== uid || stat.gid !== gid) return false
  // An escaped mark of the content's own has another name in the project.
  const carried = carriedXattrs(now.xattrs())
  return carried.size === xattrs.size && [...carried].every(([key, value]) => isSameBytes(value, xattrs.get(key)))
}

function isOwnFile({ path, wanted }: Change): boolean {
  const content = wanted?.content
  return content?.layer === 'upper' && content.path === path && !isBaseGroup(wanted?.linkGroup)
}

function isSameBytes(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0
}

function isOverlayMark(name: ByteString): boolean {
  return name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.')
}

/** Moves the whole upper to the commit's directory, from where its files are moved on. `dir` is the record, `slots` that directory. */
export function takeUpper(ops: FileOps, dir: Fd, slots: Fd): void {
  ops.rename(dir, upperName, slots, upperName, 'noreplace')
}

/** The way back of {@link takeUpper}, if it was gone. */
export function returnUpper(ops: FileOps, dir: Fd, slots: Fd): void {
  if (ops.stat(slots, upperName) !== undefined) ops.rename(slots, upperName, dir, upperName, 'noreplace')
}
