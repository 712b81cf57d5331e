import type { ByteString } from '../../../paths/byte-string.js'
import { EILSEQ } from './errno.js'

/**
 * fuse-native hands names over as text, with U+FFFD for what is not UTF-8: such a name may stand for several, and one with a real U+FFFD
 * cannot be told from them.
 */
const mangled = '\u{fffd}'

const plain = /^[\0-\x7f]*$/

/** The bytes of a name or path that libfuse was given, or an errno. */
export function bytesOf(text: string): ByteString | number {
  if (plain.test(text)) return text as ByteString
  return text.includes(mangled) ? EILSEQ : (Buffer.from(text, 'utf8').toString('latin1') as ByteString)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text that fuse-native turns into these bytes again, or an errno. */
export function textOf(bytes: ByteString | Uint8Array): string | number {
  if (typeof bytes === 'string' && plain.test(bytes)) return bytes
  try {
    const text = decoder.decode(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return text.includes(mangled) ? EILSEQ : text
  } catch (error) {
    if (error instanceof TypeError) return EILSEQ
    throw error
  }
}
