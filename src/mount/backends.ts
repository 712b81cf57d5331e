import { findHolder } from '../os/find-holder.js'
import type { Ports } from '../os/ports.js'
import { runProgram } from '../os/run-program.js'
import type { BackendName, MountBackend } from './backend.js'
import { fuseBackend } from './fuse-missing.js'
import type { HolderProgram } from './holder-client.js'
import { kernelBackend } from './kernel.js'
import { usernsBackend } from './userns.js'

/** The holder program of this platform. @throws OverlayError `NATIVE_ADDON_MISSING` */
export function holderProgram(): HolderProgram {
  return { program: findHolder(), run: runProgram }
}

/** All backends, in the order in which `auto` tries them. */
export function createBackends(ports: Ports, holder: HolderProgram = holderProgram()): MountBackend[] {
  return [kernelBackend(ports, holder), usernsBackend(ports, holder), fuseBackend()]
}

export function backendNamed(backends: readonly MountBackend[], name: BackendName): MountBackend {
  const found = backends.find((backend) => backend.name === name)
  if (found === undefined) throw new RangeError(`Expected a backend "${name}"`)
  return found
}
