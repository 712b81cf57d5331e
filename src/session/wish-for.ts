import { OverlayError } from '../errors/overlay-error.js'
import type { BackendWish } from '../mount/choose-backend.js'
import type { FuseBinding } from '../mount/fuse/server-plan.js'

interface Wishes {
  readonly backend?: BackendWish | undefined
  readonly fuseBinding?: FuseBinding | undefined
}

/**
 * The backend that is asked for: who names a binding of FUSE asks for FUSE.
 * @throws OverlayError `USAGE`
 */
export function wishFor({ backend = 'auto', fuseBinding }: Wishes): BackendWish {
  if (fuseBinding === undefined || backend === 'fuse') return backend
  if (backend === 'auto') return 'fuse'
  throw new OverlayError(
    'USAGE',
    `Expected the backend fuse with the FUSE binding ${fuseBinding}, got the backend ${backend}`,
    { hint: 'Leave out one of them.' },
  )
}
