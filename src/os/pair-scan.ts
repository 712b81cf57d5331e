import type { ByteString } from '../paths/byte-string.js'
import { xattrsIn } from './attribute-text.js'
import { decodeStatAt, type StatRows, statRows, statSlots } from './decode-stat.js'
import type { EntryStat } from './entry-stat.js'
import type { LazyEntry, PairedEntry, PairScan, Xattrs } from './file-ops.js'
import type * as Native from './native-addon.js'

/** Pieces of text of each name: the name, then of both entries link target and attributes. */
const pieces = 5
/** Slots of 8 bytes that a name takes (`SLOTS` in native-helpers/addon/src/pair.rs). */
const slots = 2 * statSlots + pieces

/** Of a directory that could not be read. */
const unread = 0xffff_ffff

/** The scans of an answer; `undefined` for a directory that could not be read. */
export function decodePairs({ counts, rows, text }: Native.PackedPairs): (PairScan | undefined)[] {
  const stats = statRows(rows)
  let next = 0
  return Array.from(counts, (count) => {
    if (count === unread) return undefined
    const first = next
    next += count
    return { length: count, at: (index) => decodePair(stats, text, first + index) }
  })
}

function decodePair(stats: StatRows, text: string, row: number): PairedEntry {
  const at = row * slots
  const ends = at + 2 * statSlots
  const end = (piece: number): number => stats.counts[ends + piece] as number
  const start = row === 0 ? 0 : end(pieces - 1 - slots)
  const nameEnd = end(0)
  return {
    name: text.slice(start, nameEnd) as ByteString,
    own: new PackedEntry(stats, at, text, nameEnd, end(1), end(2)),
    other: isThere(stats, at + statSlots)
      ? new PackedEntry(stats, at + statSlots, text, end(2), end(3), end(4))
      : undefined,
  }
}

/** The first slot of a stat is the type. */
function isThere({ counts }: StatRows, at: number): boolean {
  return counts[at] !== 0
}

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
    return xattrsIn(this.#text, this.#targetEnd, this.#end)
  }

  target(): ByteString | undefined {
    return this.stat.type === 'symlink' ? (this.#text.slice(this.#start, this.#targetEnd) as ByteString) : undefined
  }
}
