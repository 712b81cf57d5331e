import { decodeStatAt, statSlots } from './decode-stat.js'
import type { EntryStat } from './entry-stat.js'

const billion = 1_000_000_000

/** One answer of `statx(2)` as the addon packs it, written over with each call; read without making objects. */
export class StatRow {
  readonly raw: BigUint64Array = new BigUint64Array(statSlots)
  readonly #counts = new Float64Array(this.raw.buffer)
  readonly #words = new Uint32Array(this.raw.buffer)
  /** Of the last {@link time}: from 0 to 999,999,999. */
  nanoseconds = 0

  /** `st_mode >> 12`. */
  get type(): number {
    return this.#counts[0] as number
  }
  /** `st_mode & 0o7777`. */
  get mode(): number {
    return this.#counts[1] as number
  }
  get uid(): number {
    return this.#counts[2] as number
  }
  get gid(): number {
    return this.#counts[3] as number
  }
  get nlink(): number {
    return this.#counts[4] as number
  }
  get size(): number {
    return this.#counts[5] as number
  }
  get blocks(): number {
    return this.#counts[6] as number
  }
  get rdevMajor(): number {
    return this.#counts[7] as number
  }
  get rdevMinor(): number {
    return this.#counts[8] as number
  }
  get dev(): bigint {
    return this.raw[9] as bigint
  }
  get inoLow(): number {
    return this.#words[20] as number
  }
  get inoHigh(): number {
    return this.#words[21] as number
  }
  /** Low half of the birth time. */
  get birth(): number {
    return this.#words[28] as number
  }
  get mountId(): number {
    return (this.#words[31] as number) * 0x1_0000_0000 + (this.#words[30] as number)
  }

  /**
   * Seconds since 1970 of a time (0: access, 1: modification, 2: change), and the rest in {@link nanoseconds}. A division by hand, digit by digit of 16
   * bits: the number of nanoseconds is beyond what a double holds, and a bigint would be made for each.
   */
  time(which: 0 | 1 | 2): number {
    const low = this.#words[22 + which * 2] as number
    const high = (this.#words[23 + which * 2] as number) | 0
    const first = Math.floor(high / billion)
    const middle = (high - first * billion) * 65536 + (low >>> 16)
    const second = Math.floor(middle / billion)
    const last = (middle - second * billion) * 65536 + (low & 0xffff)
    const third = Math.floor(last / billion)
    this.nanoseconds = last - third * billion
    return (first * 65536 + second) * 65536 + third
  }

  /** As a record to keep. */
  decode(): EntryStat {
    const times = new BigInt64Array(this.raw.buffer)
    return decodeStatAt({ raw: this.raw, counts: this.#counts, times }, 0)
  }

  copyFrom(other: StatRow): void {
    this.raw.set(other.raw)
  }
}
