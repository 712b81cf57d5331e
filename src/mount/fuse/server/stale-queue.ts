import { Message } from '../../../fuse-protocol/message.js'
import { putInvalEntry, putInvalInode } from '../../../fuse-protocol/replies.js'
import type { FuseDevice } from '../../../os/fuse-device.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { Stale } from './host.js'

/** Longer than any message: a name has 255 bytes, NAME_MAX of FUSE is 1,024. */
const room = 2048

/** What the kernel is to be told, kept until the request under way is answered. */
export interface StaleQueue extends Stale {
  send(device: FuseDevice): void
}

export function staleQueue(): StaleQueue {
  const message = new Message(room)
  let messages: Buffer[] = []
  const keep = (length: number): void => {
    messages.push(Buffer.from(message.bytes.subarray(0, length)))
  }
  return {
    entry: (parent: number, name: ByteString) => keep(putInvalEntry(message, parent, name)),
    inode: (nodeid: number) => keep(putInvalInode(message, nodeid)),
    send(device) {
      if (messages.length === 0) return
      device.notify(Buffer.concat(messages))
      messages = []
    },
  }
}
