import { inHeader, openIn, setattrIn } from '../../../fuse-protocol/layout.js'
import type { Message } from '../../../fuse-protocol/message.js'
import { opcodes } from '../../../fuse-protocol/numbers.js'
import { setBits } from '../core/answers.js'
import type { CopyUpJob, OverlayFs } from '../core/overlay-fs.js'

/** Bytes copied between two looks for other requests: about a millisecond. */
const slice = 4 * 1024 * 1024

const body = inHeader.size
const accessMode = 0o3
const truncate = 0o1000

interface Waiting {
  readonly job: CopyUpJob
  /** Requests that wait for it, in order. */
  readonly requests: Buffer[]
}

/** Requests that need a long copy-up first. Others are answered between the slices of it. */
export interface CopyUpQueue {
  readonly isEmpty: boolean
  /** Puts the request at hand aside if it has to wait; it comes back by {@link CopyUpQueue.step}. */
  defer(request: Message): boolean
  /** Takes a request out whose caller was interrupted, and that one alone; `undefined` when it does not wait. */
  interrupt(uniqueLow: number, uniqueHigh: number): Buffer | undefined
  /** Copies a slice; requests to carry out now, if that was the last one. */
  step(): readonly Buffer[]
  cancel(): void
}

export function copyUpQueue(core: OverlayFs): CopyUpQueue {
  /** By nodeid. */
  const jobs = new Map<number, Waiting>()
  return {
    get isEmpty() {
      return jobs.size === 0
    },
    defer(request) {
      const node = request.nodeid
      const known = jobs.get(node)
      if (known !== undefined && isChange(request)) {
        known.requests.push(copyOf(request))
        return true
      }
      if (!needsContent(request)) return false
      const job = core.beginCopyUp(node)
      if (job === undefined) return false
      jobs.set(node, { job, requests: [copyOf(request)] })
      return true
    },
    interrupt(uniqueLow, uniqueHigh) {
      for (const [node, { job, requests }] of jobs) {
        const index = requests.findIndex((each) => isCalled(each, uniqueLow, uniqueHigh))
        if (index < 0) continue
        const [found] = requests.splice(index, 1)
        if (requests.length === 0) {
          job.cancel()
          jobs.delete(node)
        }
        return found
      }
      return undefined
    },
    step() {
      for (const [node, { job, requests }] of jobs) {
        // Also after an errno: the request meets the same one by itself, and answers with it.
        if (job.step(slice) === 1) {
          // Behind the others: a short one does not wait for a long one.
          const waiting = jobs.get(node) as Waiting
          jobs.delete(node)
          jobs.set(node, waiting)
          return []
        }
        jobs.delete(node)
        return requests
      }
      return []
    },
    cancel() {
      for (const { job } of jobs.values()) job.cancel()
      jobs.clear()
    },
  }
}

/** Whether a request must not overtake the copy-up of the same file. To read it, nobody has to wait. */
function isChange(request: Message): boolean {
  if (request.opcode === opcodes.open) return isForWriting(request)
  return changes.has(request.opcode)
}

const changes: ReadonlySet<number> = new Set([opcodes.setattr, opcodes.setxattr, opcodes.removexattr])

function isForWriting(request: Message): boolean {
  return (request.u32(body + openIn.flags) & accessMode) !== 0
}

function needsContent(request: Message): boolean {
  switch (request.opcode) {
    case opcodes.open:
      return isForWriting(request) && (request.u32(body + openIn.flags) & truncate) === 0
    case opcodes.setattr:
      return (request.u32(body + setattrIn.valid) & setBits.size) !== 0 && request.u64(body + setattrIn.bytes) > 0
    default:
      return false
  }
}

function copyOf(request: Message): Buffer {
  return Buffer.from(request.bytes.subarray(0, request.u32(inHeader.len)))
}

function isCalled(request: Buffer, uniqueLow: number, uniqueHigh: number): boolean {
  const at = inHeader.unique
  return request.readUInt32LE(at) === uniqueLow && request.readUInt32LE(at + 4) === uniqueHigh
}
