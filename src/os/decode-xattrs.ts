import type { ByteString } from '../paths/byte-string.js'
import { bytesFromBuffer } from '../paths/bytes.js'
import type { Xattrs } from './file-ops.js'

/** Shared by all that have none: they are most. */
const none: Xattrs = new Map()

/** A reader of the addon's packed attributes (`pack` in native-helpers/addon/src/js/xattr.rs): each call gives those of the next entry. */
export function xattrsReader(packed: Uint8Array): () => Xattrs {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  let at = 0
  const number = (): number => {
    at += 4
    return view.getUint32(at - 4, true)
  }
  const bytes = (): Uint8Array => {
    const length = number()
    at += length
    return packed.subarray(at - length, at)
  }
  return () => {
    let left = number()
    if (left === 0) return none
    const xattrs = new Map<ByteString, Uint8Array>()
    for (; left > 0; left -= 1) xattrs.set(bytesFromBuffer(bytes()), new Uint8Array(bytes()))
    return xattrs
  }
}
