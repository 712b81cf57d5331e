import type { ByteString } from '../../../paths/byte-string.js'
import type { NodeId, Result } from './answers.js'
import { copyUp } from './copy-up.js'
import type { Core } from './core.js'
import { EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EROFS, ESTALE, EXDEV } from './errno.js'
import { addPlace, drop, find, removePlace } from './look-up.js'
import { dirType, type Node } from './node.js'
import { list } from './read-dir.js'
import { prepareMove } from './redirect.js'
import { clearDirectory } from './remove.js'
import { tellHidden } from './touch.js'
import { lowerShows, upperHas } from './whiteout.js'

const noReplace = 1
const exchange = 2
const leaveWhiteout = 4

export function rename(
  core: Core,
  parentId: NodeId,
  name: ByteString,
  newParentId: NodeId,
  newName: ByteString,
  flags: number,
): Result {
  const [parent, newParent] = [core.nodes.get(parentId), core.nodes.get(newParentId)]
  if (parent === undefined || newParent === undefined) return ESTALE
  if (parent.children === undefined || newParent.children === undefined) return ENOTDIR
  if ((flags & ~(noReplace | exchange)) !== 0 || flags === (noReplace | exchange)) return EINVAL
  const node = find(core, parent, name)
  if (typeof node === 'number') return node
  const target = find(core, newParent, newName)
  const failed =
    typeof target === 'number' && target !== ENOENT
      ? target
      : move(core, { parent, name, node }, { parent: newParent, name: newName, node: target }, flags)
  drop(core, node)
  if (typeof target !== 'number') drop(core, target)
  return failed
}

interface From {
  readonly parent: Node
  readonly name: ByteString
  readonly node: Node
}

interface To {
  readonly parent: Node
  readonly name: ByteString
  /** ENOENT: there is nothing. */
  readonly node: Node | number
}

function move(core: Core, from: From, to: To, flags: number): Result {
  const target = typeof to.node === 'number' ? undefined : to.node
  if (target === undefined ? flags === exchange : flags === noReplace) return target === undefined ? ENOENT : EEXIST
  if (to.parent.removed) return ENOENT
  if (target === from.node) return 0
  const refused = refuse(core, from, to, target, flags)
  if (refused !== 0) return refused
  if (!core.writable) return EROFS
  let failed = copyUp(core, from.node, 'attributes')
  if (failed === 0) failed = copyUp(core, to.parent, 'attributes')
  if (failed === 0) failed = prepareMove(core, from.node, to.parent)
  if (failed !== 0) return failed
  if (flags !== exchange) return replace(core, from, to, target)
  failed = copyUp(core, target as Node, 'attributes')
  if (failed === 0) failed = prepareMove(core, target as Node, from.parent)
  if (failed !== 0) return failed
  return swap(core, from, { ...to, node: target as Node })
}

function refuse(core: Core, from: From, to: To, target: Node | undefined, flags: number): Result {
  if (isAbove(from.node, to.parent)) return EINVAL
  if (target === undefined) return 0
  if (isAbove(target, from.parent)) return flags === exchange ? EINVAL : ENOTEMPTY
  if (flags === exchange) return 0
  const [isDir, overDir] = [from.node.type === dirType, target.type === dirType]
  if (isDir !== overDir) return isDir ? ENOTDIR : EISDIR
  if (!overDir) return 0
  const left = list(core, target)
  return typeof left === 'number' ? left : left.length > 0 ? ENOTEMPTY : 0
}

function isAbove(node: Node, below: Node): boolean {
  for (let at: Node | undefined = below; at !== undefined; at = at.places[0]?.parent) if (at === node) return true
  return false
}

function swap(core: Core, from: From, to: From): Result {
  const [dir, newDir] = [core.fds.upper(from.parent), core.fds.upper(to.parent)]
  if (dir < 0 || newDir < 0) return Math.min(dir, newDir)
  const failed = core.ops.rename(dir, from.name, newDir, to.name, exchange)
  if (failed !== 0) return failed
  removePlace(from.node, from.parent, from.name)
  removePlace(to.node, to.parent, to.name)
  addPlace(from.node, to.parent, to.name)
  addPlace(to.node, from.parent, from.name)
  return 0
}

function replace(core: Core, from: From, to: To, target: Node | undefined): Result {
  const [dir, newDir] = [core.fds.upper(from.parent), core.fds.upper(to.parent)]
  if (dir < 0 || newDir < 0) return Math.min(dir, newDir)
  const shows = lowerShows(core, from.parent, from.name)
  if (shows < 0) return shows
  const covered = target === undefined ? upperHas(core, to.parent, to.name) : target.upper ? 1 : 0
  if (covered < 0) return covered
  if (target !== undefined) tellHidden(core, target)
  const failed =
    from.node.type === dirType && covered === 1
      ? moveOver(core, { dir, newDir, from, to }, target !== undefined, shows === 1)
      : moveInto(core, { dir, newDir, from, to }, shows === 1)
  if (failed !== 0) return failed
  if (target !== undefined) removePlace(target, to.parent, to.name)
  removePlace(from.node, from.parent, from.name)
  addPlace(from.node, to.parent, to.name)
  return 0
}

interface Move {
  readonly dir: number
  readonly newDir: number
  readonly from: From
  readonly to: To
}

function moveInto(core: Core, { dir, newDir, from, to }: Move, whiteout: boolean): Result {
  const failed = core.ops.rename(dir, from.name, newDir, to.name, whiteout ? leaveWhiteout : 0)
  // A file system that leaves no whiteouts behind.
  return whiteout && failed === EINVAL ? EXDEV : failed
}

/** A directory takes the place of a whiteout, or of an empty directory with its whiteouts: what was there goes to its own place, and from there. */
function moveOver(core: Core, { dir, newDir, from, to }: Move, overDirectory: boolean, whiteout: boolean): Result {
  const failed = core.ops.rename(dir, from.name, newDir, to.name, exchange)
  if (failed !== 0) return failed
  if (!overDirectory) {
    // A whiteout that stays hides nothing.
    if (!whiteout) core.ops.unlink(dir, from.name, false)
    return 0
  }
  const left = clearDirectory(core, dir, from.name, whiteout)
  if (left !== 0) core.ops.rename(dir, from.name, newDir, to.name, exchange)
  return left
}
