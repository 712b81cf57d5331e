import { createDirCache, type DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, FileOps, Xattrs } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import { splitXattrs } from '../overlay-format/plain-xattrs.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { ancestorsOf, nameOf, parentOf, rootPath } from '../paths/rel-path.js'

/** The two trees in which whiteouts are placed. */
export interface LayerPair {
  readonly ops: FileOps
  readonly lower: DirCache
  readonly upper: DirCache
}

export function openLayers(ops: FileOps, lower: Fd, upper: Fd): LayerPair {
  return { ops, lower: createDirCache(ops, lower), upper: createDirCache(ops, upper) }
}

/**
 * Makes the directories above `path` in the upper, like the project's own in all that merged shows of them.
 * `false` when the project has none there, or the session has put something else in the place of one.
 */
export function makeParents(layers: LayerPair, path: RelPath): boolean {
  return ancestorsOf(path).every((dir) => dir === rootPath || makeDirLike(layers, dir))
}

function makeDirLike(layers: LayerPair, dir: RelPath): boolean {
  const { ops, lower, upper } = layers
  const there = upper.stat(dir)
  if (there !== undefined) return there.type === 'dir'
  const model = lower.stat(dir)
  if (model?.type !== 'dir') return false
  keepingTimes(layers, dir, (parent, name) => {
    ops.mkdir(parent, name, 0o700)
    const xattrs = lower.at(dir, (lowerParent, lowerName) => ops.getXattrs(lowerParent, lowerName))
    likeDirectory(ops, parent, name, model, xattrs)
  })
  return true
}

/** Gives the directory `name` of ours the owner, mode, attributes and times of `model`. */
export function likeDirectory(ops: FileOps, parent: Fd, name: ByteString, model: EntryStat, xattrs: Xattrs): void {
  const own = ops.stat(parent, name)
  if (own !== undefined && (own.uid !== model.uid || own.gid !== model.gid)) {
    // Only root may give files away; everybody else's session shows the directory as their own.
    permitted(() => ops.setOwner(parent, name, model.uid, model.gid))
  }
  // The project's own overlay marks, of either family, must not count in the upper.
  for (const [key, value] of splitXattrs(xattrs, 'trusted').plain) {
    if (key === 'security.selinux') continue
    permitted(() => ops.setXattr(parent, name, key, value))
  }
  ops.setMode(parent, name, model.mode)
  ops.setTimes(parent, name, model.atimeNs, model.mtimeNs)
}

function permitted(call: () => void): void {
  try {
    call()
  } catch (error) {
    if (!isErrno(error, 'EPERM')) throw error
  }
}

/** Bits without which the owner of a directory cannot make an entry in it. */
const openBits = 0o300

/** Whether a plain user has to open a directory of their own before they can make anything in it. */
export function isClosed({ mode }: EntryStat): boolean {
  return (mode & openBits) !== openBits
}

/** The mode that lets the owner of a directory make an entry in it. */
export function openedMode({ mode }: EntryStat): number {
  return mode | openBits
}

/** Runs `change` on the directory that holds `path` in the upper, and puts the directory's mode and times back after it. */
export function keepingTimes(
  { ops, upper }: LayerPair,
  path: RelPath,
  change: (dir: Fd, name: ByteString) => void,
): void {
  const parent = parentOf(path)
  const before = upper.stat(parent)
  // The root's are put back by whoever opened it: it has no name below itself.
  if (before === undefined || parent === rootPath) {
    change(upper.dir(parent), nameOf(path))
    return
  }
  if (isClosed(before)) upper.at(parent, (dir, name) => ops.setMode(dir, name, openedMode(before)))
  try {
    change(upper.dir(parent), nameOf(path))
  } finally {
    if (isClosed(before)) upper.at(parent, (dir, name) => ops.setMode(dir, name, before.mode))
    upper.at(parent, (dir, name) => ops.setTimes(dir, name, before.atimeNs, before.mtimeNs))
  }
}
