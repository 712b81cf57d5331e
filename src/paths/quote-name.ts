import type { ByteString } from './byte-string.js'
import { bufferFromBytes } from './bytes.js'

const letters: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
}

/** Printable ASCII but for the quote and the backslash: most names. */
const plain = /^[ !#-[\]-~]*$/

/**
 * A name as a person sees it: plain UTF-8 as it is; anything with a control character, a quote, a backslash or
 * a byte that is not UTF-8 in double quotes with C escapes, as git prints it with `core.quotePath=false`.
 */
export function quoteName(bytes: ByteString): string {
  if (plain.test(bytes)) return bytes
  const text = bufferFromBytes(bytes).toString('utf8')
  const valid = Buffer.from(text, 'utf8').toString('latin1') === bytes
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (valid && !/[\u0000-\u001f\u007f-\u009f"\\\u202a-\u202e\u2066-\u2069]/.test(text)) return text
  return quoteBytes(bytes)
}

/** As {@link quoteName}, every byte above 0x7e escaped too: git's form in patches (`core.quotePath=true`). */
export function quotePatchName(bytes: ByteString): string {
  return plain.test(bytes) ? bytes : quoteBytes(bytes)
}

function quoteBytes(bytes: ByteString): string {
  let quoted = '"'
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes.charCodeAt(at)
    const printable = code >= 0x20 && code < 0x7f
    quoted += letters[code] ?? (printable ? bytes[at] : `\\${code.toString(8).padStart(3, '0')}`)
  }
  return `${quoted}"`
}
