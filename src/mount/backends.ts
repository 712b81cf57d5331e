import type { Ports } from '../os/ports.js'
import type { BackendName, MountBackend } from './backend.js'
import { fuseBackend } from './fuse/fuse-backend.js'
import { kernelBackend } from './kernel.js'
import { usernsBackend } from './userns.js'

/** All backends, in the order in which `auto` tries them. */
export function createBackends(ports: Ports): MountBackend[] {
  return [kernelBackend(ports), usernsBackend(ports), fuseBackend(ports)]
}

export function backendNamed(backends: readonly MountBackend[], name: BackendName): MountBackend {
  const found = backends.find((backend) => backend.name === name)
  if (found === undefined) throw new RangeError(`Expected a backend "${name}"`)
  return found
}
