import { inHeader } from '../../../fuse-protocol/layout.js'
import type { Message } from '../../../fuse-protocol/message.js'
import { openFlags } from '../../../fuse-protocol/numbers.js'
import { type EntryFields, putOpen } from '../../../fuse-protocol/replies.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { BytesOut, EntryOut, OpenOut, RequestContext, SetAttributes, StatFsOut } from '../core/answers.js'
import { entryOut, setNothing } from '../core/answers.js'
import type { OverlayFs } from '../core/overlay-fs.js'
import { noPassThrough, type PassThrough } from './pass-through.js'

/** What handlers work with: the core, the request, the reply, and records that each request writes over. */
export interface Host {
  readonly core: OverlayFs
  readonly request: Message
  readonly reply: Message
  readonly context: RequestContext
  readonly entry: EntryOut
  readonly open: OpenOut
  readonly set: SetAttributes
  readonly text: BytesOut
  readonly statFs: StatFsOut
  /** What INIT agreed upon. */
  readonly agreed: { writebackCache: boolean; longSetxattr: boolean }
  /** Tells the kernel that it has to ask again, once the request under way is answered. */
  readonly stale: Stale
  /** Replaced when INIT agreed upon it. */
  passThrough: PassThrough
}

export interface Stale {
  entry(parent: number, name: ByteString): void
  inode(nodeid: number): void
  /** Before the request under way is answered: who asked finds the new attributes. */
  attributes(nodeid: number): void
}

/** Of a request: how long the reply's body is, or a negative errno, or one of the two below. */
export type Outcome = number
export type Handler = (host: Host) => Outcome

/** The kernel waits for no reply. */
export const noReply = -1_000_000

/** It will be answered later. */
export const deferred = -1_000_001

export function makeHost(core: OverlayFs, stale: Stale, request: Message, reply: Message): Host {
  return {
    core,
    request,
    reply,
    context: { uid: 0, gid: 0, pid: 0, umask: 0 },
    entry: entryOut(),
    open: { fh: 0, keepCache: false },
    set: setNothing(),
    text: { bytes: new Uint8Array() },
    statFs: {
      blocks: 0,
      freeBlocks: 0,
      availableBlocks: 0,
      files: 0,
      freeFiles: 0,
      blockSize: 0,
      nameMax: 0,
      fragmentSize: 0,
    },
    agreed: { writebackCache: false, longSetxattr: false },
    stale,
    passThrough: noPassThrough,
  }
}

/** Writes what the kernel is told of a file that was opened: its length. */
export function putOpened({ reply, open, passThrough }: Host, at: number, nodeid: number): number {
  const backing = passThrough.opened(nodeid, open.fh)
  if (backing > 0) return putOpen(reply, at, open.fh, openFlags.passthrough, backing)
  return putOpen(reply, at, open.fh, open.keepCache && backing === 0 ? openFlags.keepCache : 0)
}

/** An entry that the kernel is to make nothing of. */
export const noEntry: EntryFields = entryOut()

/** Who asks, from the header. */
export function caller({ request, context }: Host, umask = 0): RequestContext {
  context.uid = request.u32(inHeader.uid)
  context.gid = request.u32(inHeader.gid)
  context.pid = request.u32(inHeader.pid)
  context.umask = umask
  return context
}
