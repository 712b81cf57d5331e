import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bufferFromBytes } from '../paths/bytes.js'
import type { IndexPlan, MountPlan } from './backend.js'
import { mountSource } from './mount-source.js'
import { overlayOptions } from './overlay-options.js'

/** Where and how the holder mounts a {@link MountPlan}. */
export interface HolderPlan extends MountPlan {
  /** In a user and mount namespace of its own. */
  readonly userns: boolean
  readonly target: AbsPath
  /** The directory of `target`, to be hidden there behind one that has `target` alone: so it need not exist. */
  readonly cover?: AbsPath
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
    ...(plan.cover === undefined ? [] : [['cover', plan.cover]]),
    ['source', mountSource],
    ...overlayOptions(plan.family).map(({ key, value }) => ['option', value === undefined ? key : `${key}=${value}`]),
    ...flags.map((flag) => ['flag', flag]),
    ...(plan.lock === undefined ? [] : [['lock', plan.lock]]),
    ...(plan.index === undefined ? [] : indexRecords(plan.lower, plan.index)),
  ]
  return encode(records)
}

/** A plan for the holder's `index`: it notes the directories of `project` and ends. */
export function encodeIndexPlan(project: AbsPath, index: IndexPlan): Uint8Array {
  return encode(indexRecords(project, index))
}

function indexRecords(project: AbsPath, { file, skip }: IndexPlan): string[][] {
  return [
    ['index-root', project],
    ['index-file', file],
    ['index-skip', skip],
  ]
}

function encode(records: readonly string[][]): Uint8Array {
  return bufferFromBytes(records.map(([key, value]) => `${key}=${value}\0`).join('') as ByteString)
}
