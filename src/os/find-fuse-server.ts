import { createRequire } from 'node:module'
import { OverlayError } from '../errors/overlay-error.js'
import type { NativeParts } from './native-parts.js'
import { isErrno } from './system-error.js'

/**
 * Path of the program that serves FUSE mounts, as the build makes it. `resolve` is for tests.
 * @throws OverlayError `MOUNT_FAILED`
 */
export function findFuseServer(
  { packageDir }: NativeParts = {},
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): string {
  try {
    return resolve(packageDir === undefined ? '#fuse-server' : `${packageDir}/dist/fuse-server.cjs`)
  } catch (error) {
    if (!isErrno(error, 'MODULE_NOT_FOUND')) throw error
    throw new OverlayError('MOUNT_FAILED', 'Expected the program fuse-server.cjs in dist/, found none', {
      hint: 'run `npm run build`',
      cause: error,
    })
  }
}
