import type { ByteString } from '../paths/byte-string.js'
import { inHeader } from './layout.js'

/** 2^32. */
const high = 4_294_967_296

/**
 * A message of the kernel in memory that is used again for the next one. Offsets are in bytes from its start and, but for those of names, multiples
 * of 4. Numbers of 64 bits are exact up to 2^53.
 */
export class Message {
  readonly bytes: Buffer
  private readonly words: Uint32Array
  private readonly signed: Int32Array
  /** Pieces of the memory, by offset and length: reads and writes have few sizes. */
  private readonly slices = new Map<number, Uint8Array>()

  constructor(size: number) {
    const memory = new ArrayBuffer(size)
    this.bytes = Buffer.from(memory)
    this.words = new Uint32Array(memory)
    this.signed = new Int32Array(memory)
  }

  u32(offset: number): number {
    return this.words[offset >> 2] as number
  }

  u64(offset: number): number {
    const at = offset >> 2
    return (this.words[at] as number) + (this.words[at + 1] as number) * high
  }

  i64(offset: number): number {
    const at = offset >> 2
    return (this.words[at] as number) + (this.signed[at + 1] as number) * high
  }

  setU16(offset: number, value: number): void {
    this.bytes.writeUInt16LE(value, offset)
  }

  setU32(offset: number, value: number): void {
    this.words[offset >> 2] = value
  }

  /** Also of a negative value. */
  setU64(offset: number, value: number): void {
    const at = offset >> 2
    this.words[at] = value
    this.words[at + 1] = Math.floor(value / high)
  }

  /** Copies a field of 8 bytes, exactly. */
  copyU64(offset: number, from: Message, fromOffset: number): void {
    this.words[offset >> 2] = from.u32(fromOffset)
    this.words[(offset >> 2) + 1] = from.u32(fromOffset + 4)
  }

  /** The name from `offset` to its NUL. */
  name(offset: number): ByteString {
    return this.bytes.toString('latin1', offset, this.bytes.indexOf(0, offset)) as ByteString
  }

  /** A view of the memory; the same one each time. */
  slice(offset: number, length: number): Uint8Array {
    // No message is as long as 2^26 bytes.
    const key = offset * 67_108_864 + length
    const known = this.slices.get(key)
    if (known !== undefined) return known
    const made = this.bytes.subarray(offset, offset + length)
    if (this.slices.size < maxSlices) this.slices.set(key, made)
    return made
  }

  get opcode(): number {
    return this.u32(inHeader.opcode)
  }

  get nodeid(): number {
    return this.u64(inHeader.nodeid)
  }
}

const maxSlices = 1024
