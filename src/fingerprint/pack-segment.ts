import { type Checksum, formatSegmentHead, indexLine, type PackEntries, type PackKey } from './base-pack-format.js'

/** Content that goes into a pack in one piece: an index, and the data one after the other. */
export interface PackSegment {
  isEmpty(): boolean
  has(key: PackKey): boolean
  /** Bytes of data. */
  size(): number
  fits(length: number): boolean
  add(key: PackKey, content: Uint8Array): void
  /** Notes that there is no such content, as it is none that is kept. */
  leaveOut(key: PackKey): void
  /** What is to be written, in this order. Good until the next call. */
  parts(checksum: Checksum): readonly [head: Uint8Array, data: Uint8Array]
  /** Tells where everything is, now that the data lies at `dataAt`. */
  place(dataAt: number, entries: PackEntries): void
  clear(): void
}

/** Each segment has an index that one may hold in memory. */
const mostEntries = 20_000

/** `capacity`: bytes of data. */
export function createPackSegment(capacity: number): PackSegment {
  // Pages of it that nothing is written to cost nothing.
  const data = Buffer.allocUnsafeSlow(capacity)
  const offsets = new Map<PackKey, number | 'left-out'>()
  let used = 0
  return {
    isEmpty: () => offsets.size === 0,
    has: (key) => offsets.has(key),
    size: () => used,
    fits: (length) => used + length <= capacity && offsets.size < mostEntries,
    add: (key, content) => {
      data.set(content, used)
      offsets.set(key, used)
      used += content.length
    },
    leaveOut: (key) => {
      offsets.set(key, 'left-out')
    },
    parts: (checksum) => {
      const index = Array.from(offsets, ([key, offset]) => indexLine(key, offset)).join('')
      return [formatSegmentHead(index, used, checksum), data.subarray(0, used)]
    },
    place: (dataAt, entries) => {
      for (const [key, offset] of offsets) entries.set(key, offset === 'left-out' ? offset : dataAt + offset)
    },
    clear: () => {
      offsets.clear()
      used = 0
    },
  }
}
