import { fsyncIn, inHeader, outHeader, readIn, releaseIn } from '../../../fuse-protocol/layout.js'
import { fsyncFlags, opcodes, openFlags } from '../../../fuse-protocol/numbers.js'
import { direntLength, putDirent, putEntry, putOpen } from '../../../fuse-protocol/replies.js'
import type { EmitEntry } from '../core/answers.js'
import { type Handler, type Host, noEntry, type Outcome } from './host.js'

const body = inHeader.size
const out = outHeader.size

/** Requests on open directories. */
export function directoryRequests(host: Host): readonly (readonly [number, Handler])[] {
  const list = lister(host)
  return [
    [opcodes.opendir, opendir],
    [opcodes.readdir, () => list(false)],
    [opcodes.readdirplus, () => list(true)],
    [opcodes.releasedir, releasedir],
    [opcodes.fsyncdir, fsyncdir],
  ]
}

function opendir({ core, request, reply, open }: Host): Outcome {
  const result = core.opendir(request.nodeid, open)
  if (result < 0) return result
  const flags = open.keepCache ? openFlags.keepCache | openFlags.cacheDir : 0
  return putOpen(reply, out, open.fh, flags)
}

/** One function for all listings, so that none has to be made for each. */
function lister({ core, request, reply }: Host): (plus: boolean) => Outcome {
  let at = 0
  let end = 0
  let withEntries = false
  const emit: EmitEntry = (name, inoLow, inoHigh, type, cookie, entry) => {
    const length = direntLength(name, withEntries)
    if (at + length > end) return false
    const start = withEntries ? at + putEntry(reply, at, entry ?? noEntry) : at
    putDirent(reply, start, name, inoLow, inoHigh, type, cookie)
    at += length
    return true
  }
  return (plus) => {
    at = out
    end = out + request.u32(body + readIn.bytes)
    withEntries = plus
    const result = core.readdir(request.u64(body + readIn.fh), request.u64(body + readIn.offset), plus, emit)
    return result < 0 ? result : at - out
  }
}

function releasedir({ core, request }: Host): Outcome {
  core.releasedir(request.u64(body + releaseIn.fh))
  return 0
}

function fsyncdir({ core, request }: Host): Outcome {
  const dataOnly = (request.u32(body + fsyncIn.fsync_flags) & fsyncFlags.dataOnly) !== 0
  return core.fsyncdir(request.u64(body + fsyncIn.fh), dataOnly)
}
