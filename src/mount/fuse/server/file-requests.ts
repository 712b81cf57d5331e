import {
  copyFileRangeIn,
  fallocateIn,
  fsyncIn,
  inHeader,
  lseekIn,
  lseekOut,
  openIn,
  outHeader,
  readIn,
  releaseIn,
  writeIn,
  writeOut,
} from '../../../fuse-protocol/layout.js'
import { errnos, fsyncFlags, opcodes, openInFlags, writeFlags } from '../../../fuse-protocol/numbers.js'
import { setBits } from '../core/answers.js'
import { caller, type Handler, type Host, type Outcome, putOpened } from './host.js'

const body = inHeader.size
const out = outHeader.size

/** `O_…` of Linux, the same on all our machines. */
const accessMode = 0o3
const writeOnly = 0o1
const readWrite = 0o2
const append = 0o2000

/** Bytes that one copy_file_range copies at the most: what is left is asked for again, and others are served between. */
const copyLimit = 64 * 1024 * 1024

/** Requests on open files. */
export const fileRequests: readonly (readonly [number, Handler])[] = [
  [opcodes.open, open],
  [opcodes.read, read],
  [opcodes.write, write],
  // Writes were answered with their errors, and locks are the kernel's: told so once, it asks no more.
  [opcodes.flush, () => errnos.ENOSYS],
  [opcodes.fsync, fsync],
  [opcodes.release, release],
  [opcodes.fallocate, fallocate],
  [opcodes.lseek, lseek],
  [opcodes.copyFileRange, copyFileRange],
  [opcodes.copyFileRange64, copyFileRange],
]

/** A kernel that writes back pages reads their rest first, and knows itself where a file ends. */
export function forReading({ agreed }: Host, flags: number): number {
  if (!agreed.writebackCache) return flags
  const readable = (flags & accessMode) === writeOnly ? (flags & ~accessMode) | readWrite : flags
  return readable & ~append
}

function open(host: Host): Outcome {
  const { core, request, open: opened } = host
  const asked = request.u32(body + openIn.flags)
  const kills = (request.u32(body + openIn.open_flags) & openInFlags.killSuidgid) !== 0
  const flags = forReading(host, asked)
  let result = core.open(request.nodeid, flags, opened)
  // A file that may be written and not read.
  if (result === errnos.EACCES && flags !== asked) result = core.open(request.nodeid, asked, opened)
  if (result < 0) return result
  // Not before it is opened: of a file that is cut to nothing, no content has to be copied.
  const killed = kills ? killPrivileges(host) : 0
  if (killed < 0) {
    core.release(opened.fh)
    return killed
  }
  if (kills) host.stale.attributes(request.nodeid)
  return putOpened(host, out, request.nodeid)
}

function read({ core, request, reply }: Host): Outcome {
  const into = reply.slice(out, request.u32(body + readIn.bytes))
  return core.read(request.u64(body + readIn.fh), request.u64(body + readIn.offset), into)
}

function write(host: Host): Outcome {
  const { core, request, reply, stale } = host
  const kill = (request.u32(body + writeIn.write_flags) & writeFlags.killSuidgid) !== 0
  const data = request.slice(body + writeIn.size, request.u32(body + writeIn.bytes))
  const result = core.write(request.u64(body + writeIn.fh), request.u64(body + writeIn.offset), data, kill)
  if (result < 0) return result
  // The kernel forgets size and times of what was written, and goes by the mode that it knows.
  if (kill) stale.attributes(request.nodeid)
  reply.setU64(out + writeOut.bytes, result)
  return writeOut.size
}

/** With FUSE_HANDLE_KILLPRIV_V2 setuid, setgid and capabilities are the server's to take away before it writes. */
function killPrivileges(host: Host): Outcome {
  const { core, request, set, entry } = host
  set.valid = setBits.killPrivileges
  set.fh = -1
  return core.setattr(caller(host), request.nodeid, set, entry)
}

function fsync({ core, request }: Host): Outcome {
  return core.fsync(
    request.u64(body + fsyncIn.fh),
    (request.u32(body + fsyncIn.fsync_flags) & fsyncFlags.dataOnly) !== 0,
  )
}

function release({ core, request, passThrough }: Host): Outcome {
  passThrough.released(request.nodeid)
  core.release(request.u64(body + releaseIn.fh))
  return 0
}

/** The kernel asks for that with a write, and leaves it to the server here: root's alone keep them. */
function killsUnasked(host: Host): boolean {
  return caller(host).uid !== 0
}

function fallocate(host: Host): Outcome {
  const { core, request, stale } = host
  const fh = request.u64(body + fallocateIn.fh)
  const mode = request.u32(body + fallocateIn.mode)
  const offset = request.u64(body + fallocateIn.offset)
  const kill = killsUnasked(host)
  const result = core.fallocate(fh, mode, offset, request.u64(body + fallocateIn.length), kill)
  if (kill && result === 0) stale.attributes(request.nodeid)
  return result
}

function lseek({ core, request, reply }: Host): Outcome {
  const fh = request.u64(body + lseekIn.fh)
  const result = core.lseek(fh, request.u64(body + lseekIn.offset), request.u32(body + lseekIn.whence))
  if (result < 0) return result
  reply.setU64(out + lseekOut.offset, result)
  return lseekOut.size
}

function copyFileRange(host: Host): Outcome {
  const { core, request, reply, stale } = host
  const from = request.u64(body + copyFileRangeIn.fh_in)
  const to = request.u64(body + copyFileRangeIn.fh_out)
  const fromOffset = request.u64(body + copyFileRangeIn.off_in)
  const toOffset = request.u64(body + copyFileRangeIn.off_out)
  const length = Math.min(request.u64(body + copyFileRangeIn.len), copyLimit)
  const kill = killsUnasked(host)
  const result = core.copyFileRange(from, fromOffset, to, toOffset, length, kill)
  if (result < 0) return result
  if (kill) stale.attributes(request.u64(body + copyFileRangeIn.nodeid_out))
  reply.setU64(out + writeOut.bytes, result)
  return writeOut.size
}
