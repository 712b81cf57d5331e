import type { Xattrs } from './file-ops.js'

/** The addon's packed form of the attributes of several entries; the inverse of `xattrsReader`. */
export function packXattrs(entries: readonly Xattrs[]): Uint8Array {
  let length = 0
  for (const xattrs of entries) {
    length += 4
    for (const [key, value] of xattrs) length += 8 + key.length + value.length
  }
  const packed = Buffer.alloc(length)
  // Most files have none: their counts are the zeros that are there.
  if (length === 4 * entries.length) return packed
  let at = 0
  for (const xattrs of entries) {
    at = packed.writeUInt32LE(xattrs.size, at)
    for (const [key, value] of xattrs) {
      at = packed.writeUInt32LE(key.length, at)
      at += packed.write(key, at, 'latin1')
      at = packed.writeUInt32LE(value.length, at)
      packed.set(value, at)
      at += value.length
    }
  }
  return packed
}
