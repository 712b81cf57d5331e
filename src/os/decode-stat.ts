import type { EntryStat, EntryType } from './entry-stat.js'

/** Slots of 8 bytes that one stat takes in the addon's packed form (`Stat::pack` in native-helpers/addon/src/stat.rs). */
export const statSlots = 16

/** One buffer in its three readings: counts are doubles, identities unsigned and times signed integers. */
export interface StatRows {
  readonly raw: BigUint64Array
  readonly counts: Float64Array
  readonly times: BigInt64Array
}

export function statRows(raw: BigUint64Array): StatRows {
  const { buffer, byteOffset, length } = raw
  return {
    raw,
    counts: new Float64Array(buffer, byteOffset, length),
    times: new BigInt64Array(buffer, byteOffset, length),
  }
}

/** What the addon writes for a birth time that the file system does not keep. */
const noBirthTime = -(2n ** 63n)

/** Names of the values of `S_IFMT >> 12`. */
const types: readonly (EntryType | undefined)[] = [
  undefined,
  'fifo',
  'char',
  undefined,
  'dir',
  undefined,
  'block',
  undefined,
  'file',
  undefined,
  'symlink',
  undefined,
  'socket',
]

/** A number that is read as a double takes 16 bytes of its own; as an integer it takes none. Reviews keep some million of them. */
function small(count: number): number {
  const integer = count | 0
  return integer === count ? integer : count
}

/** The stat in the given row. */
export function decodeStat(rows: StatRows, row: number): EntryStat {
  return decodeStatAt(rows, row * statSlots)
}

/** The stat that begins at the given slot. */
export function decodeStatAt({ raw, counts, times }: StatRows, at: number): EntryStat {
  const birth = times[at + 14] as bigint
  return {
    type: types[counts[at] as number] as EntryType,
    mode: small(counts[at + 1] as number),
    uid: small(counts[at + 2] as number),
    gid: small(counts[at + 3] as number),
    nlink: small(counts[at + 4] as number),
    size: small(counts[at + 5] as number),
    blocks: small(counts[at + 6] as number),
    rdevMajor: small(counts[at + 7] as number),
    rdevMinor: small(counts[at + 8] as number),
    dev: raw[at + 9] as bigint,
    ino: raw[at + 10] as bigint,
    atimeNs: times[at + 11] as bigint,
    mtimeNs: times[at + 12] as bigint,
    ctimeNs: times[at + 13] as bigint,
    btimeNs: birth === noBirthTime ? undefined : birth,
    mountId: raw[at + 15] as bigint,
  }
}
