import { createRequire } from 'node:module'
import { OverlayError } from '../errors/overlay-error.js'
import type * as Native from './native-addon.js'
import { builtFile, cLibraries, type NativeParts, platform, prebuiltPackages } from './native-parts.js'
import { isErrno } from './system-error.js'

/** The native addon, as native-helpers/addon exports it. */
export type Addon = typeof Native

/** `interface_version` of the addon that this code was written for. */
const interfaceVersion = 11

const hint = 'run ./scripts/build-native.sh'

/**
 * Loads the addon: as built from source in native-helpers/dist/, else from the prebuilt package of this platform.
 * `require` is for tests.
 * @throws OverlayError `NATIVE_ADDON_MISSING`; `ADDON_ABI` when the one found is of another version or platform.
 */
export function loadAddon(
  parts: NativeParts = {},
  require: (name: string) => unknown = createRequire(import.meta.url),
): Addon {
  const failures: unknown[] = []
  for (const candidate of candidates(parts)) {
    try {
      return checked(require(candidate) as Addon, candidate)
    } catch (error) {
      if (error instanceof OverlayError) throw error
      if (!isNotFound(error)) failures.push(error)
    }
  }
  if (failures.length === 0) {
    throw new OverlayError('NATIVE_ADDON_MISSING', `Expected the native addon for ${platform()}, found none`, { hint })
  }
  throw new OverlayError(
    'ADDON_ABI',
    `Expected a native addon that Node ${process.version} can load, got one that it cannot`,
    {
      hint,
      cause: failures[0],
    },
  )
}

function candidates(parts: NativeParts): string[] {
  const files = cLibraries.map((library) => `openagentic_overlay.${platform()}-${library}.node`)
  return [...files.map((file) => builtFile(parts, file)), ...prebuiltPackages()]
}

function isNotFound(error: unknown): boolean {
  return isErrno(error, 'MODULE_NOT_FOUND') || isErrno(error, 'ERR_MODULE_NOT_FOUND')
}

function checked(addon: Addon, candidate: string): Addon {
  const found = typeof addon.interfaceVersion === 'function' ? addon.interfaceVersion() : 0
  if (found === interfaceVersion) return addon
  throw new OverlayError(
    'ADDON_ABI',
    `Expected version ${interfaceVersion} of the native addon, got ${found} (${candidate})`,
    { hint },
  )
}
