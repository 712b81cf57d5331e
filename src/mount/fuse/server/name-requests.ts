import {
  createIn,
  inHeader,
  linkIn,
  mkdirIn,
  mknodIn,
  outHeader,
  rename2In,
  renameIn,
} from '../../../fuse-protocol/layout.js'
import { errnos, opcodes } from '../../../fuse-protocol/numbers.js'
import { deviceMajor, deviceMinor, putEntry } from '../../../fuse-protocol/replies.js'
import { forReading } from './file-requests.js'
import { caller, type Handler, type Host, type Outcome, putOpened } from './host.js'

const body = inHeader.size
const out = outHeader.size

/** Requests that look a name up, make it, move it or take it away. */
export const nameRequests: readonly (readonly [number, Handler])[] = [
  [opcodes.lookup, (host) => entryOr(host, host.core.lookup(host.request.nodeid, host.request.name(body), host.entry))],
  [opcodes.mknod, mknod],
  [opcodes.mkdir, mkdir],
  [opcodes.symlink, symlink],
  [opcodes.link, link],
  [opcodes.unlink, ({ core, request }) => core.unlink(request.nodeid, request.name(body))],
  [opcodes.rmdir, ({ core, request }) => core.rmdir(request.nodeid, request.name(body))],
  [opcodes.rename, (host) => rename(host, renameIn.size, 0)],
  [opcodes.rename2, (host) => rename(host, rename2In.size, host.request.u32(body + rename2In.flags))],
  [opcodes.create, create],
]

function entryOr({ reply, entry }: Host, result: number): Outcome {
  return result < 0 ? result : putEntry(reply, out, entry)
}

function mknod(host: Host): Outcome {
  const { core, request, entry } = host
  const rdev = request.u32(body + mknodIn.rdev)
  const context = caller(host, request.u32(body + mknodIn.umask))
  const [mode, name] = [request.u32(body + mknodIn.mode), request.name(body + mknodIn.size)]
  return entryOr(host, core.mknod(context, request.nodeid, name, mode, deviceMajor(rdev), deviceMinor(rdev), entry))
}

function mkdir(host: Host): Outcome {
  const { core, request, entry } = host
  const context = caller(host, request.u32(body + mkdirIn.umask))
  const [mode, name] = [request.u32(body + mkdirIn.mode), request.name(body + mkdirIn.size)]
  return entryOr(host, core.mkdir(context, request.nodeid, name, mode, entry))
}

function symlink(host: Host): Outcome {
  const { core, request, entry } = host
  const name = request.name(body)
  const target = request.name(body + name.length + 1)
  return entryOr(host, core.symlink(caller(host), request.nodeid, name, target, entry))
}

function link(host: Host): Outcome {
  const { core, request, entry } = host
  const [node, name] = [request.u64(body + linkIn.oldnodeid), request.name(body + linkIn.size)]
  return entryOr(host, core.link(caller(host), node, request.nodeid, name, entry))
}

function rename({ core, request }: Host, size: number, flags: number): Outcome {
  const name = request.name(body + size)
  const newName = request.name(body + size + name.length + 1)
  return core.rename(request.nodeid, name, request.u64(body + renameIn.newdir), newName, flags)
}

function create(host: Host): Outcome {
  const { core, request, reply, entry, open } = host
  const asked = request.u32(body + createIn.flags)
  const mode = request.u32(body + createIn.mode)
  const context = caller(host, request.u32(body + createIn.umask))
  const name = request.name(body + createIn.size)
  const flags = forReading(host, asked)
  let result = core.create(context, request.nodeid, name, mode, flags, entry, open)
  if (result === errnos.EACCES && flags !== asked) {
    result = core.create(context, request.nodeid, name, mode, asked, entry, open)
  }
  if (result < 0) return result
  const length = putEntry(reply, out, entry)
  return length + putOpened(host, out + length, entry.nodeid)
}
