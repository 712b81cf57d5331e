import { batchForgetIn, forgetIn, forgetOne, inHeader } from '../../../fuse-protocol/layout.js'
import { opcodes } from '../../../fuse-protocol/numbers.js'
import { type Handler, type Host, noReply, type Outcome } from './host.js'

const body = inHeader.size

/** What the kernel no longer knows; it waits for no reply. */
export const forgetRequests: readonly (readonly [number, Handler])[] = [
  [opcodes.forget, forget],
  [opcodes.batchForget, batchForget],
]

function forget({ core, request }: Host): Outcome {
  core.forget(request.nodeid, request.u64(body + forgetIn.nlookup))
  return noReply
}

function batchForget({ core, request }: Host): Outcome {
  const count = request.u32(body + batchForgetIn.count)
  for (let index = 0; index < count; index += 1) {
    const at = body + batchForgetIn.size + index * forgetOne.size
    core.forget(request.u64(at + forgetOne.nodeid), request.u64(at + forgetOne.nlookup))
  }
  return noReply
}
