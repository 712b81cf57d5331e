import { Message } from '../../../fuse-protocol/message.js'
import { putInvalAttributes, putInvalEntry, putInvalInode } from '../../../fuse-protocol/replies.js'
import type { FuseDevice } from '../../../os/fuse-device.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { Stale } from './host.js'

/** Longer than any message: a name has 255 bytes, NAME_MAX of FUSE is 1,024. */
const room = 2048

/** No entry has it, so that nothing but the directory's lock is taken. */
const noName = '/' as ByteString

/** What the kernel is to be told, kept until the request under way is answered. */
export interface StaleQueue extends Stale {
  /** Has the kernel wait for whoever is looking in that directory. */
  settle(nodeid: number): void
  /** What has to be known before the answer. */
  sendFirst(device: FuseDevice): void
  send(device: FuseDevice): void
}

export function staleQueue(): StaleQueue {
  const message = new Message(room)
  let messages: Buffer[] = []
  /** Directories whose lock is taken by a message that waits. */
  let settled = new Set<number>()
  let changed = 0
  const keep = (length: number): void => {
    messages.push(Buffer.from(message.bytes.subarray(0, length)))
  }
  return {
    entry(parent: number, name: ByteString) {
      settled.add(parent)
      keep(putInvalEntry(message, parent, name))
    },
    settle(nodeid) {
      if (settled.has(nodeid)) return
      settled.add(nodeid)
      keep(putInvalEntry(message, nodeid, noName))
    },
    inode: (nodeid: number) => keep(putInvalInode(message, nodeid)),
    attributes: (nodeid: number) => {
      changed = nodeid
    },
    sendFirst(device) {
      if (changed === 0) return
      device.write(message.bytes, putInvalAttributes(message, changed))
      changed = 0
    },
    send(device) {
      if (messages.length === 0) return
      device.notify(Buffer.concat(messages))
      messages = []
      settled = new Set()
    },
  }
}
