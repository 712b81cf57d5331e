import type { ByteString } from '../paths/byte-string.js'
import { bufferFromBytes } from '../paths/bytes.js'
import type { Xattrs } from './file-ops.js'

const none: Xattrs = new Map()

/** Extended attributes in the addon's text (`AttributeReader` in native-helpers/addon/src/attribute_reader.rs), between two places in it. */
export function xattrsIn(text: string, start: number, end: number): Xattrs {
  if (start === end) return none
  const xattrs = new Map<ByteString, Uint8Array>()
  for (let at = start; at < end; ) {
    const keyEnd = text.indexOf('\0', at)
    const valueAt = keyEnd + 5
    const valueEnd = valueAt + numberAt(text, keyEnd + 1)
    const value = bufferFromBytes(text.slice(valueAt, valueEnd) as ByteString)
    xattrs.set(text.slice(at, keyEnd) as ByteString, value)
    at = valueEnd
  }
  return xattrs
}

/** 32 bits, little-endian, one character a byte. */
function numberAt(text: string, at: number): number {
  const byte = (index: number): number => text.charCodeAt(at + index)
  return byte(0) + byte(1) * 0x100 + byte(2) * 0x1_0000 + byte(3) * 0x100_0000
}
