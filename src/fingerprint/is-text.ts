/** Bytes: git looks at as many. */
const looked = 8000

/** Whether git would take content for text: there is no NUL in its beginning. */
export function isText(content: Uint8Array): boolean {
  return !content.subarray(0, looked).includes(0)
}
