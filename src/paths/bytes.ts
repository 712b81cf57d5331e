import type { ByteString } from './byte-string.js'

/** The bytes of a UTF-8 text, one char a byte. */
export function bytesFromText(text: string): ByteString {
  if (isAscii(text)) return text as ByteString
  return Buffer.from(text, 'utf8').toString('latin1') as ByteString
}

/** Raw bytes, as read from the kernel, one char a byte. */
export function bytesFromBuffer(buffer: Uint8Array): ByteString {
  return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString('latin1') as ByteString
}

export function bufferFromBytes(bytes: ByteString): Buffer {
  return Buffer.from(bytes, 'latin1')
}

/**
 * The lossless text of a name: UTF-8 decoded, and each byte that is not part of valid UTF-8 as the lone
 * surrogate U+DC80 + (byte - 0x80). That is Python's `surrogateescape` (PEP 383); JSON writes it as `\udcXX`,
 * and `os.fsencode(json.loads(...))` gives the exact bytes back. The inverse is {@link bytesFromJsonName}.
 */
export function jsonName(bytes: ByteString): string {
  if (isAscii(bytes)) return bytes
  const buffer = bufferFromBytes(bytes)
  const text = buffer.toString('utf8')
  if (!text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(buffer)) return text
  return escapeInvalid(buffer)
}

/** Inverse of {@link jsonName}. A lone surrogate outside U+DC80 to U+DCFF becomes U+FFFD, as UTF-8 has no form for it. */
export function bytesFromJsonName(name: string): ByteString {
  if (isAscii(name)) return name as ByteString
  let bytes = ''
  for (const char of name) {
    const point = char.codePointAt(0) ?? 0
    bytes += point >= 0xdc80 && point <= 0xdcff ? String.fromCharCode(point - 0xdc00) : bytesFromText(char)
  }
  return bytes as ByteString
}

/** Nearly all names are; their bytes and their text are one. */
function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
  return /^[\x00-\x7f]*$/.test(text)
}

function escapeInvalid(buffer: Buffer): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let text = ''
  for (let at = 0; at < buffer.length; ) {
    const byte = buffer[at] as number
    const length = sequenceLength(byte)
    const piece =
      length > 0 && at + length <= buffer.length ? decodeOr(decoder, buffer.subarray(at, at + length)) : undefined
    if (piece === undefined) {
      text += String.fromCharCode(0xdc00 + byte)
      at += 1
    } else {
      text += piece
      at += length
    }
  }
  return text
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1
  if (lead >= 0xc2 && lead <= 0xdf) return 2
  if (lead >= 0xe0 && lead <= 0xef) return 3
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0
}

function decodeOr(decoder: InstanceType<typeof TextDecoder>, bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
