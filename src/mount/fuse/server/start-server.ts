import type { FuseDevice, FuseSystem } from '../../../os/fuse-device.js'
import type { Addon } from '../../../os/load-addon.js'
import { createFileOps } from '../../../os/native-file-ops.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { ServerPlan } from '../server-plan.js'
import { noteDirectories, openOverlay, type ServerEvents, StartError, takeAway, takeLock } from './prepare.js'
import { serve } from './serve.js'
import { staleQueue } from './stale-queue.js'
import { watchLowers } from './watch-lowers.js'

/** Bytes of a request: as much as Linux sends. */
const maxWrite = 1 << 20

/** Milliseconds that the kernel may keep what the project holds where a watch tells what changes: bounds what no watch does. */
const watchedValidMs = 600_000

/** Takes the lock, mounts, and serves until the mount is taken away or the process is asked to end. */
export async function startServer(
  addon: Addon,
  system: FuseSystem,
  plan: ServerPlan,
  events: ServerEvents,
): Promise<void> {
  const ops = createFileOps(addon)
  const files = system.raiseOpenFiles()
  if (plan.lock !== undefined) takeLock(ops, plan.lock)
  const stale = staleQueue()
  const lowers = plan.lowers.map((lower) => ops.openRoot(lower))
  const watching = watchLowers(addon, ops, lowers)
  const told = { onStale: stale.entry, onSettle: stale.settle, onChanged: stale.inode }
  const overlay = await openOverlay(addon, ops, plan, events, { files, lowers, watchedValidMs, ...watching, ...told })
  const device = mountIt(system, plan)
  process.title = `openagentic-holder ${plan.title}`
  let isOver = false
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isOver = true
    })
  }
  const ready = (): void => {
    events.ready()
    void noteDirectories(addon, plan, events)
  }
  const isGone = await serve({
    device,
    core: overlay.core,
    stale,
    wake: watching?.watch.fd ?? -1,
    // Only root may name files to the kernel.
    wishes: { maxWrite, writebackCache: false, posixAcl: true, passthrough: plan.mountProgram === undefined },
    onReady: ready,
    onFault: (error, opcode) => events.note(`request ${opcode}: ${error instanceof Error ? error.stack : error}`),
    isOver: () => isOver,
  })
  // No mount stays behind that nobody answers for.
  if (!isGone) takeAway(system, plan)
  overlay.close()
  device.close()
}

function mountIt(system: FuseSystem, { target, mountProgram, source, flags }: ServerPlan): FuseDevice {
  // The kernel checks modes and ACLs by itself, so nobody is asked for each access.
  const options = ['default_permissions', 'subtype=openagentic-overlay', ...flags]
  if (mountProgram === undefined) {
    const asRoot = ['rootmode=40000', 'user_id=0', 'group_id=0', 'allow_other']
    return system.mount(target, source, [...options, ...asRoot] as ByteString[])
  }
  const all = [...options, `fsname=${source}`].join(',')
  const { device, refusal } = system.mountByHelper(mountProgram, ['-o', all, '--', target] as ByteString[])
  if (device === undefined) throw new StartError('fusermount3', refusal)
  return device
}
