export interface ByteCollector {
  add(chunk: Uint8Array): void
  /** All of it, in memory of its own. */
  bytes(): Uint8Array
}

/**
 * Joins pieces as they come. A program may write a byte at a time, and a list of such pieces would take a hundred times the
 * memory of what is in them.
 */
export function byteCollector(): ByteCollector {
  let buffer = new Uint8Array(0)
  let length = 0
  return {
    add: (chunk) => {
      if (length + chunk.length > buffer.length) {
        const larger = new Uint8Array(Math.max(length + chunk.length, 2 * buffer.length))
        larger.set(buffer.subarray(0, length))
        buffer = larger
      }
      buffer.set(chunk, length)
      length += chunk.length
    },
    bytes: () => buffer.slice(0, length),
  }
}
