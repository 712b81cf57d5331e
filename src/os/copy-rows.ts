import type { FileToCopy } from './file-ops.js'

/** Slots of 8 bytes that one file takes in the addon's packed form (`unpack` in native-helpers/addon/src/js/copy_files.rs). */
const slots = 9

/** Numbers of the files: counts are doubles, identities unsigned and times signed integers. */
export function packCopyRows(files: readonly FileToCopy[]): BigUint64Array {
  const raw = new BigUint64Array(files.length * slots)
  const counts = new Float64Array(raw.buffer)
  const times = new BigInt64Array(raw.buffer)
  for (const [index, { expected, attributes }] of files.entries()) {
    const at = index * slots
    const { ino, ctimeNs } = expected
    counts[at] = expected.size
    counts[at + 1] = (ino === undefined ? 0 : 1) + (ctimeNs === undefined ? 0 : 2)
    if (ino !== undefined) raw[at + 2] = ino
    if (ctimeNs !== undefined) times[at + 3] = ctimeNs
    counts[at + 4] = attributes.mode
    counts[at + 5] = attributes.uid
    counts[at + 6] = attributes.gid
    times[at + 7] = attributes.atimeNs
    times[at + 8] = attributes.mtimeNs
  }
  return raw
}
