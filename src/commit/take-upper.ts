import type { Change } from '../changeset/change.js'
import { isBaseGroup } from '../changeset/link-groups.js'
import type { Fd, FileOps } from '../os/file-ops.js'
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
export function takeableFiles(view: SessionView, changes: readonly Change[]): Map<RelPath, TakenFile> {
  const taken = new Map<RelPath, TakenFile>()
  for (const change of changes) {
    const { path, wanted, upper } = change
    if (!isOwnFile(change)) continue
    const now = view.upper.stat(path)
    if (now?.ino !== upper.ino || now.ctimeNs !== upper.ctimeNs || now.size !== upper.size) {
      throw new MovedWhileStaged(path)
    }
    const has = view.upper.at(path, (dir, name) => view.ops.getXattrs(dir, name))
    const carried = carriedXattrs(has)
    // An escaped mark of the content's own has another name in the project.
    if (carried.size !== (wanted?.xattrs.size ?? 0)) continue
    if ([...carried].some(([key, value]) => !isSameBytes(value, wanted?.xattrs.get(key)))) continue
    if (now.mode !== wanted?.mode || now.uid !== wanted.uid || now.gid !== wanted.gid) continue
    taken.set(path, { ino: now.ino, strip: [...has.keys()].filter(isOverlayMark) })
  }
  return taken
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
