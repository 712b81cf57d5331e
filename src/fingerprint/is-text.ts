/** Bytes: git looks at as many. */
const looked = 8000

/** Whether git would take content for text: there is no NUL in its beginning. */
export function isText(content: Uint8Array): boolean {
  // A buffer's search is many times as fast as an array's.
  const { buffer, byteOffset, length } = content
  return Buffer.from(buffer, byteOffset, Math.min(looked, length)).indexOf(0) === -1
}
