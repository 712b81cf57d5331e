import type { ByteString } from '../paths/byte-string.js'
import { jsonName } from '../paths/bytes.js'

/** A name as a guest gets it: WASI has UTF-8 alone, so any other byte becomes U+FFFD. */
export function guestName(bytes: ByteString): string {
  return jsonName(bytes).replace(/\p{Surrogate}/gu, '\ufffd')
}
