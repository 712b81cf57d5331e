import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bufferFromBytes } from '../paths/bytes.js'
import type { MountPlan } from './backend.js'
import { mountSource } from './mount-source.js'
import { overlayOptions } from './overlay-options.js'

/** Where and how the holder mounts a {@link MountPlan}. */
export interface HolderPlan extends MountPlan {
  /** In a user and mount namespace of its own. */
  readonly userns: boolean
  readonly target: AbsPath
}

/** A setuid file or a device node of the session must not work for whoever can reach merged (design: "On disk"). */
const flags = ['nosuid', 'nodev']

/** The plan as the holder reads it: records `key=value`, each ended by a NUL; paths as raw bytes. */
export function encodeHolderPlan(plan: HolderPlan): Uint8Array {
  const records = [
    ['userns', plan.userns ? '1' : '0'],
    ['lower', plan.lower],
    ['upper', plan.upper],
    ['work', plan.work],
    ['target', plan.target],
    ['source', mountSource],
    ...overlayOptions(plan.family).map(({ key, value }) => ['option', value === undefined ? key : `${key}=${value}`]),
    ...flags.map((flag) => ['flag', flag]),
    ...(plan.lock === undefined ? [] : [['lock', plan.lock]]),
  ]
  return bufferFromBytes(records.map(([key, value]) => `${key}=${value}\0`).join('') as ByteString)
}
