import type { ByteString, RelPath } from '../paths/byte-string.js'
import { decodeStatAt, statRows, statSlots } from './decode-stat.js'
import type { EntryStat } from './entry-stat.js'

/** Two files, each by its path below a root of its own. */
export interface FilePair {
  readonly path: RelPath
  readonly other: RelPath
}

/** `failed`: one of the two could not be opened or read; a call for it alone says why. */
export type Comparison = 'same' | 'different' | 'failed'

/** A file that `FileOps.readFiles` read. */
export interface FileRead {
  /** A part of the buffer that was handed in. */
  readonly content: Uint8Array
  /** Of the file that was read, taken after that. */
  readonly stat: EntryStat
}

/** The addon's form of paths: each followed by a NUL. */
export function packPairs(pairs: readonly FilePair[]): ByteString {
  return pairs.map(({ path, other }) => `${path}\0${other}\0`).join('') as ByteString
}

/** As {@link packPairs}. */
export function packPaths(paths: readonly RelPath[]): ByteString {
  return paths.map((path) => `${path}\0`).join('') as ByteString
}

const comparisons: readonly Comparison[] = ['same', 'different', 'failed']

export function decodeComparisons(codes: Uint8Array): Comparison[] {
  return Array.from(codes, (code) => comparisons[code] ?? 'failed')
}

/** Slots of 8 bytes of one file that was read: where its content begins, how long it is, and its stat (`pack` in native-helpers/addon/src/js/many_files.rs). */
const slots = 2 + statSlots

export function decodeReads(rows: BigUint64Array, buffer: Uint8Array): (FileRead | undefined)[] {
  const stats = statRows(rows)
  return Array.from({ length: rows.length / slots }, (_, index) => {
    const at = index * slots
    const start = stats.counts[at] as number
    const length = stats.counts[at + 1] as number
    if (length < 0) return undefined
    return { content: buffer.subarray(start, start + length), stat: decodeStatAt(stats, at + 2) }
  })
}
