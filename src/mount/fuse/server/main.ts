/** The server of one mount: told what to do on standard input, it answers on standard output when it serves, and stays until it is unmounted. */

import { fuseSystem } from '../../../os/fuse-device.js'
import { fuseLibrary } from '../../../os/fuse-library.js'
import { loadAddon } from '../../../os/load-addon.js'
import { type ServerStreams, serverStreams } from '../../../os/server-streams.js'
import { SystemError } from '../../../os/system-error.js'
import { startByLibrary } from '../fuse-native/start-by-library.js'
import type { ServerPlan } from '../server-plan.js'
import type { ServerEvents } from './prepare.js'
import { startServer } from './start-server.js'

async function main(streams: ServerStreams): Promise<void> {
  let isReady = false
  try {
    const plan = JSON.parse(streams.input()) as ServerPlan
    const addon = loadAddon({ packageDir: plan.packageDir })
    const system = fuseSystem(addon)
    const events: ServerEvents = {
      note: streams.note,
      ready() {
        isReady = true
        streams.answer(JSON.stringify({ ok: true, pid: process.pid }))
        streams.letGo(plan.log)
      },
    }
    if (plan.binding === 'kernel') await startServer(addon, system, plan, events)
    else await startByLibrary(addon, system, fuseLibrary({ packageDir: plan.packageDir }), plan, events)
  } catch (error) {
    if (isReady) streams.note(`ended by ${error instanceof Error ? error.stack : error}`)
    else streams.answer(JSON.stringify({ ok: false, ...refusalOf(error) }))
    process.exitCode = 1
  }
}

function refusalOf(error: unknown): { step: string; errno: string | undefined; message: string } {
  if (error instanceof SystemError) return { step: error.syscall, errno: error.code, message: '' }
  const { step = 'server' } = error as { step?: string }
  return { step, errno: undefined, message: error instanceof Error ? error.message : String(error) }
}

main(serverStreams()).finally(() => process.exit())
