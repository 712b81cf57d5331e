/** Runs in a process of its own, as whoever the tests want: serves a file system in memory at the directory named. */

import { serve } from '../../src/mount/fuse/server/serve.js'
import { staleQueue } from '../../src/mount/fuse/server/stale-queue.js'
import { fuseSystem } from '../../src/os/fuse-device.js'
import { loadAddon } from '../../src/os/load-addon.js'
import type { AbsPath, ByteString } from '../../src/paths/byte-string.js'
import { memoryFs } from './memory-fs.js'

/** What it sends to its parent: one of them each time. */
export interface Said {
  readonly ready?: true
  /** An exception in a handler, or a reply that the kernel refused. */
  readonly fault?: string
  /** At the end: inodes that the kernel had not forgotten. */
  readonly known?: number
}

const [target = '', how = 'root', writeback = '1'] = process.argv.slice(2)
const system = fuseSystem(loadAddon())
const common = ['default_permissions'] as ByteString[]
const device =
  how === 'root'
    ? system.mount(
        target as AbsPath,
        'memory' as ByteString,
        [...common, 'allow_other', 'rootmode=40000', 'user_id=0', 'group_id=0', 'subtype=memory'] as ByteString[],
      )
    : byHelper()

function byHelper(): ReturnType<typeof system.mount> {
  const args = ['-o', `${common.join(',')},fsname=memory,subtype=memory,nosuid,nodev`, '--', target] as ByteString[]
  const { device, refusal } = system.mountByHelper(how, args)
  if (device === undefined) throw new Error(refusal)
  return device
}

const core = memoryFs({ slow: 'slow' })
const stale = staleQueue()
let isOver = false
process.on('SIGTERM', () => {
  isOver = true
})
await serve({
  device,
  core,
  stale,
  wake: -1,
  wishes: { maxWrite: 1 << 20, writebackCache: writeback === '1', posixAcl: true, passthrough: false },
  onReady: () => say({ ready: true }),
  onFault: (error, opcode) => say({ fault: `${opcode}: ${error}` }),
  isOver: () => isOver,
})
say({ known: core.known() })
process.disconnect?.()

function say(said: Said): void {
  process.send?.(said)
}
