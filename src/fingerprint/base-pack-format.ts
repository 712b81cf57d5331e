import type { ByteString } from '../paths/byte-string.js'
import { bufferFromBytes, bytesFromBuffer } from '../paths/bytes.js'

/** First bytes of a pack; one with another version is not read. See docs/on-disk-format.md, "Base pack". */
export const packHeader: Buffer = Buffer.from('openagentic-base 1\n')

/** Longest first line of a segment, in bytes. */
const longestHead = 40

/** Content by digest and size: equal content is kept once. */
export type PackKey = string

export function packKey(hash: string, size: number): PackKey {
  return `${hash} ${size}`
}

/** Where content lies in the file; `left-out`: it was looked at, and is none that is kept. */
export type PackPlace = number | 'left-out'

export type PackEntries = Map<PackKey, PackPlace>

export interface ParsedPack {
  readonly entries: PackEntries
  /** Bytes that were understood, and so the place where the next segment goes; 0 when not even the header is. */
  readonly validLength: number
}

/** The XXH64 of bytes, 16 hexadecimal digits. */
export type Checksum = (bytes: Uint8Array) => string

/**
 * Reads where everything is, up to the first segment that is torn or not understood. Content itself is checked when it is asked for.
 * @param read gives up to `length` bytes at `position`, less at the end
 */
export function parsePack(
  size: number,
  read: (position: number, length: number) => Uint8Array,
  checksum: Checksum,
): ParsedPack {
  const entries: PackEntries = new Map()
  if (!packHeader.equals(read(0, packHeader.length))) return { entries, validLength: 0 }
  let at = packHeader.length
  for (;;) {
    const head = parseHead(read(at, longestHead))
    if (head === undefined) break
    const index = read(at + head.length, head.indexLength)
    const dataAt = at + head.length + head.indexLength
    const end = dataAt + head.dataLength
    if (index.length < head.indexLength || end > size) break
    if (checksum(checked(head.indexLength, head.dataLength, index)) !== head.sum) break
    addEntries(entries, bytesFromBuffer(index), dataAt)
    at = end
  }
  return { entries, validLength: at }
}

/** A segment without its data: `index` is lines of {@link indexLine}. */
export function formatSegmentHead(index: string, dataLength: number, checksum: Checksum): Buffer {
  const lines = bufferFromBytes(index as ByteString)
  const sum = checksum(checked(lines.length, dataLength, lines))
  return Buffer.concat([Buffer.from(`${lines.length} ${dataLength} ${sum}\n`), lines])
}

/** `offset` counts from where the data of the segment begins. */
export function indexLine(key: PackKey, offset: number | 'left-out'): string {
  return `${key} ${offset === 'left-out' ? '-' : offset}\n`
}

interface Head {
  readonly length: number
  readonly indexLength: number
  readonly dataLength: number
  readonly sum: string
}

function parseHead(bytes: Uint8Array): Head | undefined {
  const match = /^(\d{1,9}) (\d{1,9}) ([0-9a-f]{16})\n/.exec(bytesFromBuffer(bytes))
  if (match === null) return undefined
  const [{ length }, indexLength, dataLength, sum = ''] = match
  return { length, indexLength: Number(indexLength), dataLength: Number(dataLength), sum }
}

function checked(indexLength: number, dataLength: number, index: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${indexLength} ${dataLength}\n`), index])
}

function addEntries(entries: PackEntries, index: string, dataAt: number): void {
  for (const [, key = '', offset] of index.matchAll(/(s?[0-9a-f]{16} \d+) (\d+|-)\n/g)) {
    entries.set(key, offset === '-' ? 'left-out' : dataAt + Number(offset))
  }
}
