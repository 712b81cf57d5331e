import type { ByteString } from '../../../paths/byte-string.js'
import {
  type Attributes,
  type NodeId,
  type RequestContext,
  type Result,
  type SetAttributes,
  setBits,
} from './answers.js'
import { copyUp } from './copy-up.js'
import type { Core } from './core.js'
import { EACCES, EINVAL, EISDIR, ESTALE } from './errno.js'
import { fill, statNode } from './look-up.js'
import { dirType, fileType, type Node } from './node.js'
import * as open from './open-flags.js'
import { placeOf, type SomePlace } from './place-of.js'

const now = 0x3fffffff
const omit = 0x3ffffffe
const timeBits = setBits.atime | setBits.mtime | setBits.atimeNow | setBits.mtimeNow
const attributeBits = setBits.mode | setBits.uid | setBits.gid | setBits.killPrivileges | timeBits

export function setattr(core: Core, _context: RequestContext, id: NodeId, set: SetAttributes, out: Attributes): Result {
  const node = core.nodes.get(id)
  if (node === undefined) return ESTALE
  let failed = 0
  if ((set.valid & setBits.size) !== 0) failed = setSize(core, node, set)
  if (failed === 0 && (set.valid & attributeBits) !== 0) failed = setRest(core, node, set)
  if (failed === 0) failed = statNode(core, node, core.row)
  if (failed !== 0) return failed
  fill(core, node, core.row, out)
  return 0
}

function setSize(core: Core, node: Node, set: SetAttributes): Result {
  if (node.type !== fileType) return node.type === dirType ? EISDIR : EINVAL
  const failed = node.removed ? 0 : copyUp(core, node, set.size === 0 ? 'empty' : 'data')
  if (failed !== 0) return failed
  const file = (set.valid & setBits.handle) === 0 ? undefined : core.files.get(set.fh)
  if (file?.writable === true && file.node === node) return core.ops.truncate(file.fd, set.size)
  const place = placeOf(core, node)
  if (typeof place === 'number') return place
  if (place.name === '') return writableFile(core, node, set.size)
  const fd = core.ops.open(place.dir, place.name, open.writeOnly, 0)
  if (fd < 0) return fd
  const cut = core.ops.truncate(fd, set.size)
  core.ops.close(fd)
  return cut
}

/** A file without a name is cut by somebody who has it open. */
function writableFile(core: Core, node: Node, size: number): Result {
  for (const file of node.files ?? []) if (file.writable) return core.ops.truncate(file.fd, size)
  return ESTALE
}

function setRest(core: Core, node: Node, set: SetAttributes): Result {
  if (!node.removed) {
    const failed = copyUp(core, node, 'attributes')
    if (failed !== 0) return failed
  }
  const place = placeOf(core, node)
  if (typeof place === 'number') return place
  // Without a name, and not in the upper, it is the project's own file that is open.
  if (!node.upper) return ESTALE
  const { ops } = core
  const { valid } = set
  let failed = 0
  const [uid, gid] = [(valid & setBits.uid) !== 0 ? set.uid : -1, (valid & setBits.gid) !== 0 ? set.gid : -1]
  if (uid !== -1 || gid !== -1) failed = ops.setOwner(place.dir, place.name, uid, gid)
  if (failed === 0 && (valid & setBits.mode) !== 0) failed = ops.setMode(place.dir, place.name, set.mode & 0o7777)
  if (failed === 0 && (valid & setBits.killPrivileges) !== 0) failed = killPrivileges(core, place)
  return failed === 0 && (valid & timeBits) !== 0 ? setTimes(core, place, set) : failed
}

function setTimes(core: Core, place: SomePlace, set: SetAttributes): Result {
  const { valid } = set
  const accessed = (valid & setBits.atimeNow) !== 0 ? now : (valid & setBits.atime) !== 0 ? set.atimeNs : omit
  const modified = (valid & setBits.mtimeNow) !== 0 ? now : (valid & setBits.mtime) !== 0 ? set.mtimeNs : omit
  return core.ops.setTimes(place.dir, place.name, set.atime, accessed, set.mtime, modified)
}

const capability = 'security.capability' as ByteString

const nothing = new Uint8Array()

/** 0 for a file that has nothing of what a write takes away, else an errno. */
export function mayBePrivileged(core: Core, place: SomePlace): Result {
  const failed = core.ops.stat(place.dir, place.name, core.other)
  if (failed !== 0) return failed
  const has = (core.other.mode & 0o6000) !== 0 || core.ops.getXattr(place.dir, place.name, capability, nothing) >= 0
  return has ? EACCES : 0
}

/** setuid, setgid where it means that (with group execution), and file capabilities. */
export function killPrivileges(core: Core, place: SomePlace): Result {
  const { ops, other } = core
  const failed = ops.stat(place.dir, place.name, other)
  if (failed !== 0) return failed
  ops.removeXattr(place.dir, place.name, capability)
  const lost = 0o4000 | ((other.mode & 0o010) !== 0 ? 0o2000 : 0)
  return (other.mode & lost) === 0 ? 0 : ops.setMode(place.dir, place.name, other.mode & ~lost)
}
