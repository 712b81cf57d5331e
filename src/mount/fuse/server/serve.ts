import { setImmediate as turn } from 'node:timers/promises'
import { inHeader, interruptIn, outHeader } from '../../../fuse-protocol/layout.js'
import { Message } from '../../../fuse-protocol/message.js'
import { negotiate, readInit, type Wishes, writeInit } from '../../../fuse-protocol/negotiate.js'
import { errnos, initFlags, initFlags2, opcodeLimit, opcodes } from '../../../fuse-protocol/numbers.js'
import { putHeader } from '../../../fuse-protocol/replies.js'
import type { Fd } from '../../../os/file-ops.js'
import type { FuseDevice } from '../../../os/fuse-device.js'
import { uptime } from '../../../os/uptime.js'
import type { OverlayFs } from '../core/overlay-fs.js'
import { attributeRequests } from './attribute-requests.js'
import { copyUpQueue } from './copy-up-queue.js'
import { directoryRequests } from './directory-requests.js'
import { fileRequests } from './file-requests.js'
import { forgetRequests } from './forget-requests.js'
import { deferred, type Handler, makeHost, noReply, type Outcome } from './host.js'
import { nameRequests } from './name-requests.js'
import { passThrough } from './pass-through.js'
import type { StaleQueue } from './stale-queue.js'

export interface ServeOptions {
  readonly device: FuseDevice
  readonly core: OverlayFs
  readonly stale: StaleQueue
  readonly wishes: Wishes
  /** Has something to read when {@link OverlayFs.refresh} has something to say; -1: never. */
  readonly wake: Fd
  /** The kernel has said what it can, and requests are answered from now on. */
  readonly onReady: () => void
  /** What should not have happened: the request is answered with EIO, and the server goes on. */
  readonly onFault: (error: unknown, opcode: number) => void
  /** Whether to end, looked at now and then. */
  readonly isOver: () => boolean
}

/** Bytes of a message besides the content that it carries. */
const overhead = 4096

/** Milliseconds without a request after which it is looked whether to end. */
const idlePause = 1000

/** Milliseconds between two looks at the layers: what changes there comes in bursts. */
const lookPause = 50

/** Requests between two looks at the clock. One that waits for the disk may take a tenth of a second. */
const clockEvery = 4

/** Requests after which Node gets a turn: it frees memory of the addon, and hears signals, only then. */
const turnEvery = 1024

/** Answers the requests of a mount until it is unmounted: `true`; or until it is asked to end, and the mount is there still. */
export async function serve(options: ServeOptions): Promise<boolean> {
  const { device, core, stale, wishes, wake } = options
  const request = new Message(wishes.maxWrite + overhead)
  const reply = new Message(wishes.maxWrite + overhead)
  const host = makeHost(core, stale, request, reply)
  const queue = copyUpQueue(core)

  const table: (Handler | undefined)[] = new Array<Handler | undefined>(opcodeLimit).fill(undefined)
  const handlers = [
    ...nameRequests,
    ...fileRequests,
    ...attributeRequests,
    ...directoryRequests(host),
    ...forgetRequests,
    [opcodes.init, init] as const,
    [opcodes.interrupt, interrupt] as const,
    [opcodes.destroy, () => 0] as const,
  ]
  for (const [opcode, handler] of handlers) table[opcode] = handler

  function init(): Outcome {
    const agreed = negotiate(readInit(request), wishes)
    if (agreed === undefined) return errnos.EPROTO
    host.agreed.writebackCache = (agreed.flags & initFlags.writebackCache) !== 0
    host.agreed.longSetxattr = agreed.longSetxattr
    if ((agreed.flags2 & initFlags2.passthrough) !== 0) host.passThrough = passThrough(core, device)
    return writeInit(reply, agreed)
  }

  function interrupt(): Outcome {
    const at = inHeader.size + interruptIn.unique
    const waiting = queue.interrupt(request.u32(at), request.u32(at + 4))
    if (waiting === undefined) return noReply
    request.bytes.set(waiting)
    return errnos.EINTR
  }

  function outcomeOf(isNew: boolean): Outcome {
    const { opcode } = request
    const handler = table[opcode]
    if (handler === undefined) return errnos.ENOSYS
    try {
      return isNew && queue.defer(request) ? deferred : handler(host)
    } catch (error) {
      options.onFault(error, opcode)
      return errnos.EIO
    }
  }

  function answer(isNew: boolean): void {
    const outcome = outcomeOf(isNew)
    if (outcome !== noReply && outcome !== deferred) {
      stale.sendFirst(device)
      const length = putHeader(reply, request, Math.min(outcome, 0), Math.max(outcome, 0))
      const written = device.write(reply.bytes, length)
      // A reply that the kernel cannot make sense of would leave its caller waiting for ever.
      if (written === errnos.EINVAL && length > outHeader.size) {
        options.onFault(new Error(`The kernel refused a reply of ${length} bytes`), request.opcode)
        device.write(reply.bytes, putHeader(reply, request, errnos.EIO, 0))
      }
      if (request.opcode === opcodes.init && outcome >= 0) options.onReady()
    }
    stale.send(device)
  }

  function end(isGone: boolean): boolean {
    queue.cancel()
    return isGone
  }

  let lookedAt = uptime()
  function look(): boolean {
    const now = uptime()
    if (now - lookedAt < lookPause) return false
    core.refresh()
    stale.send(device)
    lookedAt = now
    return true
  }

  /** Idle, with something to look at, and too soon after the last time. */
  let isEarly = false
  for (let count = 1; ; count += 1) {
    const pause = isEarly ? lookPause : idlePause
    const length = device.read(request.bytes, queue.isEmpty ? pause : 0, isEarly ? -1 : wake)
    if (length > 0) answer(true)
    else if (length !== errnos.EAGAIN) return end(true)
    if (!queue.isEmpty) {
      for (const waiting of queue.step()) {
        request.bytes.set(waiting)
        answer(false)
      }
    }
    const isIdle = length <= 0 && queue.isEmpty
    if (isIdle || isEarly || count % clockEvery === 0) isEarly = !look() && isIdle
    if (!isIdle && count % turnEvery !== 0) continue
    await turn()
    if (options.isOver()) return end(false)
  }
}
