import { setTimeout as sleep } from 'node:timers/promises'
import type { FuseSystem } from '../../../os/fuse-device.js'
import type { FuseLibrary } from '../../../os/fuse-library.js'
import type { Addon } from '../../../os/load-addon.js'
import { createFileOps } from '../../../os/native-file-ops.js'
import { readProcessFacts } from '../../process-facts.js'
import { noteDirectories, openOverlay, type ServerEvents, takeAway, takeLock } from '../server/prepare.js'
import type { ServerPlan } from '../server-plan.js'
import { attributeHandlers } from './attribute-handlers.js'
import { fileHandlers } from './file-handlers.js'
import { makeHost } from './host.js'
import { mountByLibrary } from './mount.js'
import { nameHandlers } from './name-handlers.js'

/** Milliseconds between two looks whether it is still mounted: libfuse's threads end without a word. */
const lookPause = 100

/** As `startServer`, with the requests by way of libfuse. */
export async function startByLibrary(
  addon: Addon,
  system: FuseSystem,
  library: FuseLibrary,
  plan: ServerPlan,
  events: ServerEvents,
): Promise<void> {
  const ops = createFileOps(addon)
  const files = system.raiseOpenFiles()
  if (plan.lock !== undefined) takeLock(ops, plan.lock)
  const lowers = plan.lowers.map((lower) => ops.openRoot(lower))
  const overlay = await openOverlay(addon, ops, plan, events, { files, lowers })
  // Before there is a mount: libfuse leaves /dev/fuse to the programs that we start, and the mount would hang, not end, if we died before them.
  await noteDirectories(addon, plan, events)
  const host = makeHost(overlay.core, readProcessFacts(ops), (error) => {
    events.note(error instanceof Error ? `${error.stack}` : `${error}`)
  })
  let isOver = false
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isOver = true
    })
  }
  const handlers = { ...nameHandlers(host), ...fileHandlers(host), ...attributeHandlers(host) }
  const device = await mountByLibrary(library, plan, handlers)
  process.title = `openagentic-holder ${plan.title}`
  events.ready()
  while (!isOver && library.isDevice(device)) await sleep(lookPause)
  if (library.isDevice(device)) takeAway(system, plan)
  overlay.close()
}
