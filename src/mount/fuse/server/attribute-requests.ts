import {
  getattrIn,
  getxattrIn,
  getxattrOut,
  inHeader,
  outHeader,
  setattrIn,
  setxattrCompatIn,
  setxattrIn,
} from '../../../fuse-protocol/layout.js'
import { getattrFlags, opcodes, setxattrFlags } from '../../../fuse-protocol/numbers.js'
import { putAttr, putStatFs } from '../../../fuse-protocol/replies.js'
import { setBits } from '../core/answers.js'
import { caller, type Handler, type Host, type Outcome } from './host.js'

const body = inHeader.size
const out = outHeader.size
const empty = new Uint8Array()

/** Requests on what an inode has besides content. */
export const attributeRequests: readonly (readonly [number, Handler])[] = [
  [opcodes.getattr, getattr],
  [opcodes.setattr, setattr],
  [opcodes.readlink, readlink],
  [opcodes.statfs, statfs],
  [opcodes.getxattr, getxattr],
  [opcodes.listxattr, listxattr],
  [opcodes.setxattr, setxattr],
  [opcodes.removexattr, ({ core, request }) => core.removexattr(request.nodeid, request.name(body))],
]

function getattr({ core, request, reply, entry }: Host): Outcome {
  const byHandle = (request.u32(body + getattrIn.getattr_flags) & getattrFlags.handle) !== 0
  const result = core.getattr(request.nodeid, byHandle ? request.u64(body + getattrIn.fh) : -1, entry)
  return result < 0 ? result : putAttr(reply, out, entry)
}

function setattr(host: Host): Outcome {
  const { core, request, reply, entry, set } = host
  set.valid = request.u32(body + setattrIn.valid)
  set.fh = (set.valid & setBits.handle) === 0 ? -1 : request.u64(body + setattrIn.fh)
  set.size = request.u64(body + setattrIn.bytes)
  set.mode = request.u32(body + setattrIn.mode)
  set.uid = request.u32(body + setattrIn.uid)
  set.gid = request.u32(body + setattrIn.gid)
  set.atime = request.i64(body + setattrIn.atime)
  set.atimeNs = request.u32(body + setattrIn.atimensec)
  set.mtime = request.i64(body + setattrIn.mtime)
  set.mtimeNs = request.u32(body + setattrIn.mtimensec)
  const result = core.setattr(caller(host), request.nodeid, set, entry)
  return result < 0 ? result : putAttr(reply, out, entry)
}

function readlink({ core, request, reply, text }: Host): Outcome {
  const result = core.readlink(request.nodeid, text)
  if (result < 0) return result
  reply.bytes.set(text.bytes, out)
  return text.bytes.length
}

function statfs({ core, reply, statFs }: Host): Outcome {
  const result = core.statfs(statFs)
  return result < 0 ? result : putStatFs(reply, out, statFs)
}

function getxattr(host: Host): Outcome {
  const { core, request } = host
  const name = request.name(body + getxattrIn.size)
  return sized(host, (into) => core.getxattr(request.nodeid, name, into))
}

function listxattr(host: Host): Outcome {
  return sized(host, (into) => host.core.listxattr(host.request.nodeid, into))
}

/** An answer to a size of 0 is the length alone. */
function sized({ request, reply }: Host, get: (into: Uint8Array) => number): Outcome {
  const size = request.u32(body + getxattrIn.bytes)
  if (size > 0) return get(reply.slice(out, size))
  const length = get(empty)
  if (length < 0) return length
  reply.setU64(out + getxattrOut.bytes, length)
  return getxattrOut.size
}

function setxattr({ core, request, agreed }: Host): Outcome {
  const flags = request.u32(body + setxattrIn.flags)
  const extended = agreed.longSetxattr ? request.u32(body + setxattrIn.setxattr_flags) : 0
  const nameAt = body + (agreed.longSetxattr ? setxattrIn.size : setxattrCompatIn.size)
  const name = request.name(nameAt)
  const start = nameAt + name.length + 1
  const value = request.bytes.subarray(start, start + request.u32(body + setxattrIn.bytes))
  return core.setxattr(request.nodeid, name, value, flags, (extended & setxattrFlags.aclKillSgid) !== 0)
}
