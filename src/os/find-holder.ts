import { createRequire } from 'node:module'
import { OverlayError } from '../errors/overlay-error.js'
import { builtFile, type NativeParts, platform, prebuiltPackages } from './native-parts.js'
import { isErrno } from './system-error.js'

/**
 * Path of the program that holds mounts: as built from source, else from the prebuilt package of this platform.
 * `resolve` is for tests.
 * @throws OverlayError `NATIVE_ADDON_MISSING`
 */
export function findHolder(
  parts: NativeParts = {},
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): string {
  const name = 'openagentic-holder'
  const candidates = [builtFile(parts, name), ...prebuiltPackages().map((prebuilt) => `${prebuilt}/${name}`)]
  for (const candidate of candidates) {
    try {
      return resolve(candidate)
    } catch (error) {
      if (!isErrno(error, 'MODULE_NOT_FOUND')) throw error
    }
  }
  throw new OverlayError('NATIVE_ADDON_MISSING', `Expected the program ${name} for ${platform()}, found none`, {
    hint: 'run ./scripts/build-native.sh',
  })
}
