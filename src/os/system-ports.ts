import { execaRunner } from './execa-runner.js'
import { loadAddon } from './load-addon.js'
import { createFileOps } from './native-file-ops.js'
import type { Ports } from './ports.js'
import { createMachine } from './system-machine.js'

/**
 * The ports onto the real system.
 * @throws OverlayError `NATIVE_ADDON_MISSING`, `ADDON_ABI`
 */
export function systemPorts(): Ports {
  const addon = loadAddon()
  return { ops: createFileOps(addon), machine: createMachine(addon), runner: execaRunner() }
}
