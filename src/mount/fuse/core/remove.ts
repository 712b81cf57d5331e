import type { ByteString } from '../../../paths/byte-string.js'
import type { NodeId, Result } from './answers.js'
import { copyUp } from './copy-up.js'
import type { Core } from './core.js'
import { removeTree } from './empty-directory.js'
import { EISDIR, ENOTDIR, ENOTEMPTY, EROFS, ESTALE } from './errno.js'
import { drop, find, removePlace } from './look-up.js'
import { dirType, type Node } from './node.js'
import { list } from './read-dir.js'
import { tellHidden } from './touch.js'
import { lowerShows, makeWhiteout, whiteOut } from './whiteout.js'

export function unlink(core: Core, parentId: NodeId, name: ByteString): Result {
  return remove(core, parentId, name, (parent, node) => {
    if (node.type === dirType) return EISDIR
    const shows = prepare(core, parent, name)
    if (shows < 0) return shows
    if (shows === 1) {
      tellHidden(core, node)
      return whiteOut(core, parent, name, node.upper)
    }
    const dir = core.fds.upper(parent)
    return dir < 0 ? dir : core.ops.unlink(dir, name, false)
  })
}

export function rmdir(core: Core, parentId: NodeId, name: ByteString): Result {
  return remove(core, parentId, name, (parent, node) => {
    if (node.type !== dirType) return ENOTDIR
    const left = list(core, node)
    if (typeof left === 'number') return left
    if (left.length > 0) return ENOTEMPTY
    const shows = prepare(core, parent, name)
    if (shows < 0) return shows
    if (shows === 1 && !node.upper) return whiteOut(core, parent, name, false)
    const dir = core.fds.upper(parent)
    if (dir < 0) return dir
    return clearDirectory(core, dir, name, shows === 1)
  })
}

/** Takes a directory out of the upper with the whiteouts in it, for a whiteout or for nothing. */
export function clearDirectory(core: Core, dir: number, name: ByteString, forWhiteout: boolean): Result {
  const { ops, work } = core
  if (!forWhiteout && ops.unlink(dir, name, true) === 0) return 0
  const temporary = core.temporary()
  let failed = forWhiteout ? makeWhiteout(core, work, temporary) : 0
  if (failed !== 0) return failed
  failed = forWhiteout ? ops.rename(work, temporary, dir, name, 2) : ops.rename(dir, name, work, temporary, 0)
  if (failed === 0) removeTree(ops, work, temporary)
  else if (forWhiteout) ops.unlink(work, temporary, false)
  return failed
}

/** Whether a lower would show the name once the upper has nothing of it; then the parent is in the upper. Or an errno. */
function prepare(core: Core, parent: Node, name: ByteString): Result {
  const shows = lowerShows(core, parent, name)
  if (shows !== 1) return shows
  const failed = copyUp(core, parent, 'attributes')
  return failed === 0 ? 1 : failed
}

function remove(core: Core, id: NodeId, name: ByteString, take: (parent: Node, node: Node) => Result): Result {
  const parent = core.nodes.get(id)
  if (parent === undefined) return ESTALE
  if (parent.children === undefined) return ENOTDIR
  const node = find(core, parent, name)
  if (typeof node === 'number') return node
  const failed = core.writable ? take(parent, node) : EROFS
  if (failed === 0) removePlace(node, parent, name)
  drop(core, node)
  return failed
}
