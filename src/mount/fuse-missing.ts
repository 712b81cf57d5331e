import type { MountBackend, Obstacle } from './backend.js'
import type { Refusal } from './holder-client.js'

const obstacle: Obstacle = { reason: 'it is not built into this version yet', fix: undefined }
const refusal: Refusal = { step: 'fuse', errno: undefined, message: obstacle.reason }

/** Stands for the FUSE backend, so that what is said about the backends is whole and true. */
export function fuseBackend(): MountBackend {
  return {
    name: 'fuse',
    impossible: () => obstacle,
    probe: async () => refusal,
    attach: async () => ({ attached: false, refusal }),
    detach: async () => ({ detached: false, refusal }),
  }
}
