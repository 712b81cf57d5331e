import type { ByteString } from '../../../paths/byte-string.js'
import type { Result } from './answers.js'
import type { Core } from './core.js'
import { EEXIST, ENOENT, ENOTDIR } from './errno.js'
import { charType, type Node } from './node.js'
import { isWhiteout } from './resolve.js'

/** All whiteouts are names of one inode while the file system lets it have more. */
const shared = 'whiteout' as ByteString

/** Makes a whiteout in the work directory, under a new name, or in a directory of the upper. */
export function makeWhiteout(core: Core, dir: number, name: ByteString): Result {
  const { ops, work } = core
  let failed = ops.link(work, shared, dir, name)
  if (failed === 0 || failed === EEXIST) return failed
  if (failed === ENOENT) {
    failed = ops.mknod(work, shared, charType * 4096, 0, 0)
    if (failed !== 0) return failed
    failed = ops.link(work, shared, dir, name)
    if (failed === 0) return failed
  } else ops.unlink(work, shared, false)
  return ops.mknod(dir, name, charType * 4096, 0, 0)
}

/** Puts a whiteout in the place of what the upper has under a name, or in an empty one. */
export function whiteOut(core: Core, parent: Node, name: ByteString, inUpper: boolean): Result {
  const dir = core.fds.upper(parent)
  if (dir < 0) return dir
  if (!inUpper) return makeWhiteout(core, dir, name)
  const temporary = core.temporary()
  let failed = makeWhiteout(core, core.work, temporary)
  if (failed !== 0) return failed
  failed = core.ops.rename(core.work, temporary, dir, name, 0)
  if (failed !== 0) core.ops.unlink(core.work, temporary, false)
  return failed
}

/** Whether a lower would show the name if the upper had nothing of it: 1, 0 or an errno. */
export function lowerShows(core: Core, parent: Node, name: ByteString): Result {
  for (const lower of parent.lowers) {
    const dir = core.fds.lower(lower)
    if (dir === ENOENT || dir === ENOTDIR) continue
    if (dir < 0) return dir
    const failed = core.ops.stat(dir, name, core.other)
    if (failed === ENOENT || failed === ENOTDIR) continue
    if (failed !== 0) return failed
    return isWhiteout(core.other) ? 0 : 1
  }
  return 0
}

/** Whether the upper has anything under a name that merged does not show, which is a whiteout then: 1 or 0, or an errno. */
export function upperHas(core: Core, parent: Node, name: ByteString): Result {
  if (!parent.upper) return 0
  const dir = core.fds.upper(parent)
  if (dir < 0) return dir
  const failed = core.ops.stat(dir, name, core.other)
  if (failed !== 0) return failed === ENOENT ? 0 : failed
  return 1
}
