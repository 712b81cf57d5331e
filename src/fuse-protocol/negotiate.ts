import { inHeader, initIn, initOut, outHeader } from './layout.js'
import type { Message } from './message.js'
import { initFlags, initFlags2 } from './numbers.js'

/** What a kernel offers at INIT. */
export interface KernelInit {
  readonly major: number
  readonly minor: number
  readonly maxReadahead: number
  readonly flags: number
  /** 0 where the kernel has none. */
  readonly flags2: number
}

/** What the server wants, where the kernel has it. */
export interface Wishes {
  /** Bytes of a read or write at the most. */
  readonly maxWrite: number
  readonly writebackCache: boolean
  readonly posixAcl: boolean
  readonly passthrough: boolean
}

/** What is agreed upon. */
export interface Agreed extends KernelInit {
  readonly maxWrite: number
  readonly maxPages: number
  readonly maxStackDepth: number
  /** The kernel sends the longer `fuse_setxattr_in`. */
  readonly longSetxattr: boolean
}

const major = 7

/** The oldest minor that is spoken: Linux 5.4. */
const minMinor = 31

/** The newest minor whose structs this code was held against. */
const maxMinor = 45

const pageSize = 4096

/** Taken wherever the kernel has it. */
const always =
  initFlags.asyncRead |
  initFlags.atomicTrunc |
  initFlags.bigWrites |
  initFlags.dontMask |
  initFlags.readdirplus |
  initFlags.readdirplusAuto |
  initFlags.asyncDio |
  initFlags.parallelDirops |
  initFlags.abortError |
  initFlags.maxPages |
  initFlags.cacheSymlinks |
  initFlags.handleKillprivV2 |
  initFlags.setxattrExt |
  initFlags.initExt

export function readInit(request: Message): KernelInit {
  const at = inHeader.size
  const flags = request.u32(at + initIn.flags)
  const isLong = request.u32(inHeader.len) >= at + initIn.size && (flags & initFlags.initExt) !== 0
  return {
    major: request.u32(at + initIn.major),
    minor: request.u32(at + initIn.minor),
    maxReadahead: request.u32(at + initIn.max_readahead),
    flags,
    flags2: isLong ? request.u32(at + initIn.flags2) : 0,
  }
}

/** Feature by feature: what is wished and offered. `undefined` when the kernel speaks none of the protocols that we know. */
export function negotiate(kernel: KernelInit, wishes: Wishes): Agreed | undefined {
  if (kernel.major !== major || kernel.minor < minMinor) return undefined
  let wanted = always
  if (wishes.writebackCache) wanted |= initFlags.writebackCache
  // Without a writeback cache the kernel may look at mtime and size to know that content is stale; with one it believes itself.
  else wanted |= initFlags.autoInvalData
  if (wishes.posixAcl) wanted |= initFlags.posixAcl
  const flags = (kernel.flags & wanted) >>> 0
  const flags2 = wishes.passthrough && !wishes.writebackCache ? kernel.flags2 & initFlags2.passthrough : 0
  const maxPages = (flags & initFlags.maxPages) !== 0 ? Math.ceil(wishes.maxWrite / pageSize) : 32
  return {
    major,
    minor: Math.min(kernel.minor, maxMinor),
    maxReadahead: kernel.maxReadahead,
    flags,
    flags2,
    maxWrite: Math.min(wishes.maxWrite, maxPages * pageSize),
    maxPages,
    maxStackDepth: flags2 === 0 ? 0 : 1,
    longSetxattr: (flags & initFlags.setxattrExt) !== 0,
  }
}

/** Writes the reply to INIT after the header: its length. */
export function writeInit(reply: Message, agreed: Agreed): number {
  const at = outHeader.size
  reply.bytes.fill(0, at, at + initOut.size)
  reply.setU32(at + initOut.major, agreed.major)
  reply.setU32(at + initOut.minor, agreed.minor)
  reply.setU32(at + initOut.max_readahead, agreed.maxReadahead)
  reply.setU32(at + initOut.flags, agreed.flags)
  reply.setU16(at + initOut.max_background, 64)
  reply.setU16(at + initOut.congestion_threshold, 48)
  reply.setU32(at + initOut.max_write, agreed.maxWrite)
  reply.setU32(at + initOut.time_gran, 1)
  reply.setU16(at + initOut.max_pages, agreed.maxPages)
  reply.setU32(at + initOut.flags2, agreed.flags2)
  reply.setU32(at + initOut.max_stack_depth, agreed.maxStackDepth)
  return initOut.size
}
