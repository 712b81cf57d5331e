import type { ByteString } from '../paths/byte-string.js'
import { bufferFromBytes } from '../paths/bytes.js'
import { decodeStatAt, type StatRows, statRows, statSlots } from './decode-stat.js'
import type { EntryStat } from './entry-stat.js'
import type { LazyEntry, PairScan, Xattrs } from './file-ops.js'
import type * as Native from './native-addon.js'

/** Pieces of text of each name: the name, then of both entries link target and attributes. */
const pieces = 5
/** Slots of 8 bytes that a name takes (`SLOTS` in native-helpers/addon/src/pair.rs). */
const slots = 2 * statSlots + pieces

export function decodePairs({ rows, text }: Native.PairScan): PairScan {
  const stats = statRows(rows)
  const ends = (index: number, piece: number): number => stats.counts[index * slots + 2 * statSlots + piece] as number
  return {
    length: rows.length / slots,
    at: (index) => {
      const start = index === 0 ? 0 : ends(index - 1, pieces - 1)
      const nameEnd = ends(index, 0)
      return {
        name: text.slice(start, nameEnd) as ByteString,
        own: new PackedEntry(stats, index * slots, text, nameEnd, ends(index, 1), ends(index, 2)),
        other: isThere(stats, index * slots + statSlots)
          ? new PackedEntry(stats, index * slots + statSlots, text, ends(index, 2), ends(index, 3), ends(index, 4))
          : undefined,
      }
    },
  }
}

/** The first slot of a stat is the type. */
function isThere({ counts }: StatRows, at: number): boolean {
  return counts[at] !== 0
}

const none: Xattrs = new Map()

class PackedEntry implements LazyEntry {
  readonly stat: EntryStat
  readonly #text: string
  readonly #start: number
  readonly #targetEnd: number
  readonly #end: number

  constructor(stats: StatRows, at: number, text: string, start: number, targetEnd: number, end: number) {
    this.stat = decodeStatAt(stats, at)
    this.#text = text
    this.#start = start
    this.#targetEnd = targetEnd
    this.#end = end
  }

  xattrs(): Xattrs {
    if (this.#targetEnd === this.#end) return none
    const xattrs = new Map<ByteString, Uint8Array>()
    for (let at = this.#targetEnd; at < this.#end; ) {
      const keyEnd = this.#text.indexOf('\0', at)
      const valueAt = keyEnd + 5
      const valueEnd = valueAt + numberAt(this.#text, keyEnd + 1)
      const value = bufferFromBytes(this.#text.slice(valueAt, valueEnd) as ByteString)
      xattrs.set(this.#text.slice(at, keyEnd) as ByteString, value)
      at = valueEnd
    }
    return xattrs
  }

  target(): ByteString | undefined {
    return this.stat.type === 'symlink' ? (this.#text.slice(this.#start, this.#targetEnd) as ByteString) : undefined
  }
}

/** 32 bits, little-endian, one character a byte. */
function numberAt(text: string, at: number): number {
  const byte = (index: number): number => text.charCodeAt(at + index)
  return byte(0) + byte(1) * 0x100 + byte(2) * 0x1_0000 + byte(3) * 0x100_0000
}
