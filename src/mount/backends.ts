import type { Ports } from '../os/ports.js'
import type { BackendName, MountBackend } from './backend.js'
import { fuseBackend } from './fuse/fuse-backend.js'
import type { FuseBinding } from './fuse/server-plan.js'
import { kernelBackend } from './kernel.js'
import { usernsBackend } from './userns.js'

/** All backends, in the order in which `auto` tries them. `binding`: the one for FUSE; left out, whichever works. */
export function createBackends(ports: Ports, binding?: FuseBinding): MountBackend[] {
  return [kernelBackend(ports), usernsBackend(ports), fuseBackend(ports, binding)]
}

export function backendNamed(backends: readonly MountBackend[], name: BackendName): MountBackend {
  const found = backends.find((backend) => backend.name === name)
  if (found === undefined) throw new RangeError(`Expected a backend "${name}"`)
  return found
}
