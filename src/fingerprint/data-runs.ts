/** Takes bytes in order; what xxhash-wasm's streaming hash has. */
export interface ByteSink {
  update(bytes: Uint8Array): unknown
}

/** Bytes. Zeroes are told from data in blocks of this size, as most file systems keep them. */
export const blockSize = 4096

/**
 * Feeds the data of a file to a hash, without its zeroes: each longest run of blocks that are not all zero, and after it where
 * it lies. So equal content gives equal input whether its zeroes are holes, allocated or written, and a hole costs nothing.
 *
 * Read backwards, the input says the content without doubt: its size, then from each record the run that stands before it.
 */
export interface DataRuns {
  /** `piece` lies at `position`, a multiple of {@link blockSize}, after all that came before; only the last one of a file may end within a block. */
  add(position: number, piece: Uint8Array): void
  /** `size` of the whole file, in bytes. */
  end(size: number): void
}

export function createDataRuns(sink: ByteSink): DataRuns {
  const zeroes = new Uint8Array(blockSize)
  let start = 0
  let end = 0

  const record = (from: number, to: number): void => {
    const numbers = new DataView(new ArrayBuffer(16))
    numbers.setBigUint64(0, BigInt(from), true)
    numbers.setBigUint64(8, BigInt(to), true)
    sink.update(new Uint8Array(numbers.buffer))
  }
  const endRun = (): void => {
    if (end > start) record(start, end)
  }
  const data = (position: number, bytes: Uint8Array): void => {
    if (bytes.length === 0) return
    if (position !== end) {
      endRun()
      start = position
    }
    sink.update(bytes)
    end = position + bytes.length
  }
  /** Most blocks that are not all zero say so in their first byte. */
  const isZero = (block: Uint8Array): boolean =>
    block[0] === 0 && Buffer.compare(block, zeroes.subarray(0, block.length)) === 0

  return {
    add: (position, piece) => {
      let from = 0
      for (let at = 0; at < piece.length; at += blockSize) {
        if (!isZero(piece.subarray(at, at + blockSize))) continue
        data(position + from, piece.subarray(from, at))
        from = at + blockSize
      }
      data(position + from, piece.subarray(from))
    },
    end: (size) => {
      endRun()
      record(size, 0)
    },
  }
}
