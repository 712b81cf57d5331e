import { Message } from '../../src/fuse-protocol/message.js'
import type { OverlayFs } from '../../src/mount/fuse/core/overlay-fs.js'
import { attributeRequests } from '../../src/mount/fuse/server/attribute-requests.js'
import { directoryRequests } from '../../src/mount/fuse/server/directory-requests.js'
import { fileRequests } from '../../src/mount/fuse/server/file-requests.js'
import { forgetRequests } from '../../src/mount/fuse/server/forget-requests.js'
import { makeHost } from '../../src/mount/fuse/server/host.js'
import { nameRequests } from '../../src/mount/fuse/server/name-requests.js'

/** The calls of the core that a request leads to, each with its arguments; records for answers and functions are left out. */
export function noteCalls(request: Message): unknown[][] {
  const calls: unknown[][] = []
  const core = new Proxy({} as OverlayFs, {
    get:
      (_, name) =>
      (...args: unknown[]) => {
        calls.push([name, ...args.filter((each) => !answers.has(each) && typeof each !== 'function').map(shown)])
        return 0
      },
  })
  const stale = { entry: () => undefined, inode: () => undefined, attributes: () => undefined }
  const host = makeHost(core, stale, request, new Message(1 << 16))
  host.agreed.writebackCache = true
  host.agreed.longSetxattr = true
  const answers = new Set<unknown>([host.entry, host.open, host.text, host.statFs])
  const all = [...nameRequests, ...fileRequests, ...attributeRequests, ...directoryRequests(host), ...forgetRequests]
  const [, handler] = all.find(([opcode]) => opcode === request.opcode) ?? []
  handler?.(host)
  return calls

  function shown(value: unknown): unknown {
    // Room for content is shown by its length, content by itself.
    if (!(value instanceof Uint8Array)) return typeof value === 'object' ? { ...value } : value
    return value.buffer === host.reply.bytes.buffer || value.length === 0 ? value.length : Buffer.from(value).toString()
  }
}
