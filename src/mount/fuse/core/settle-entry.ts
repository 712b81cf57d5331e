import type { ByteString } from '../../../paths/byte-string.js'
import type { RequestContext, Result } from './answers.js'
import type { Core } from './core.js'
import { dirType, fileType, linkType, type Node } from './node.js'
import { writeMark } from './read-marks.js'
import { upperHas } from './whiteout.js'

/** A new entry. */
export interface Wish {
  readonly context: RequestContext
  /** `st_mode >> 12`. */
  readonly type: number
  readonly mode: number
  /** Makes it in a directory: 0, a descriptor of it, or an errno. */
  readonly create: (dir: number, name: ByteString, mode: number) => Result
}

/** What an entry gets from its directory. */
interface Inherited {
  readonly defaultAcl: boolean
  readonly setgid: boolean
  readonly gid: number
}

const defaultAcl = 'system.posix_acl_default' as ByteString

/**
 * Makes an entry in a directory of the upper that shows none of the name: right there, or where a whiteout is in the way,
 * in the work directory, so that what it hides never shows. Answers what {@link Wish.create} did, or an errno.
 */
export function settleEntry(core: Core, parent: Node, name: ByteString, wish: Wish): Result {
  const dir = core.fds.upper(parent)
  if (dir < 0) return dir
  const inherited = readInherited(core, dir)
  if (typeof inherited === 'number') return inherited
  const covered = upperHas(core, parent, name)
  if (covered < 0) return covered
  const opaque = wish.type === dirType && parent.lowers.length > 0
  return covered === 1
    ? overWhiteout(core, dir, name, wish, inherited, opaque)
    : makeEntry(core, dir, name, wish, inherited, opaque)
}

function readInherited(core: Core, dir: number): Inherited | number {
  const { other, ops } = core
  const failed = ops.stat(dir, '' as ByteString, other)
  if (failed !== 0) return failed
  const acl = ops.getXattr(dir, '' as ByteString, defaultAcl, core.bytes) > 0
  return { defaultAcl: acl, setgid: (other.mode & 0o2000) !== 0, gid: other.gid }
}

function makeEntry(
  core: Core,
  dir: number,
  name: ByteString,
  wish: Wish,
  inherited: Inherited,
  opaque: boolean,
): Result {
  const mode = inherited.defaultAcl ? wish.mode : wish.mode & ~wish.context.umask
  const made = wish.create(dir, name, mode)
  if (made < 0) return made
  let failed = setOwnerAndMode(core, dir, name, wish, mode, inherited)
  if (failed === 0 && opaque) failed = writeMark(core, dir, name, 'opaque', 'y')
  if (failed === 0) return made
  if (wish.type === fileType && made > 0) core.ops.close(made)
  core.ops.unlink(dir, name, wish.type === dirType)
  return failed
}

function setOwnerAndMode(
  core: Core,
  dir: number,
  name: ByteString,
  wish: Wish,
  asked: number,
  inherited: Inherited,
): Result {
  const { ops, other, options } = core
  let failed = ops.stat(dir, name, other)
  if (failed !== 0) return failed
  const { uid } = wish.context
  const gid = inherited.setgid ? inherited.gid : wish.context.gid
  // A default ACL has a say in the mode; setuid and setgid alone are as asked.
  let mode = inherited.defaultAcl ? (other.mode & 0o1777) | (asked & 0o6000) : asked
  if (wish.type === dirType && inherited.setgid) mode |= 0o2000
  const { mode: found } = other
  let lost = false
  if (options.privileged && (other.uid !== uid || other.gid !== gid)) {
    failed = ops.setOwner(dir, name, uid, gid)
    lost = (mode & 0o6000) !== 0
  }
  if (failed !== 0 || wish.type === linkType || (found === mode && !lost)) return failed
  return ops.setMode(dir, name, mode)
}

function overWhiteout(
  core: Core,
  dir: number,
  name: ByteString,
  wish: Wish,
  inherited: Inherited,
  opaque: boolean,
): Result {
  const { ops, work } = core
  const stage = inherited.defaultAcl || inherited.setgid ? makeStage(core, dir, inherited) : undefined
  if (typeof stage === 'number') return stage
  const at = stage?.fd ?? work
  const temporary = core.temporary()
  let made = makeEntry(core, at, temporary, wish, inherited, opaque)
  if (made >= 0) {
    const isDir = wish.type === dirType
    const failed = ops.rename(at, temporary, dir, name, isDir ? 2 : 0)
    if (failed !== 0) {
      if (made > 0) ops.close(made)
      made = failed
    }
    if (failed !== 0 || isDir) ops.unlink(at, temporary, isDir && failed !== 0)
  }
  if (stage !== undefined) {
    ops.close(stage.fd)
    ops.unlink(work, stage.name, true)
  }
  return made
}

/** A directory in the work directory that hands down what `dir` does. */
function makeStage(core: Core, dir: number, inherited: Inherited): { fd: number; name: ByteString } | number {
  const { ops, work } = core
  const name = core.temporary()
  let failed = ops.mkdir(work, name, 0o700)
  if (failed !== 0) return failed
  if (inherited.setgid) failed = ops.setOwner(work, name, -1, inherited.gid)
  if (failed === 0 && inherited.setgid) failed = ops.setMode(work, name, 0o2700)
  if (failed === 0 && inherited.defaultAcl) {
    const length = ops.getXattr(dir, '' as ByteString, defaultAcl, core.bytes)
    failed = length < 0 ? length : ops.setXattr(work, name, defaultAcl, core.bytes.subarray(0, length), 0)
  }
  const fd = failed === 0 ? ops.openDir(work, name) : failed
  if (fd >= 0) return { fd, name }
  ops.unlink(work, name, true)
  return fd
}
