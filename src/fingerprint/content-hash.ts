import type { Fd, FileOps } from '../os/file-ops.js'
import type { ByteString } from '../paths/byte-string.js'

/** XXH64 (seed 0) of a file's content, 16 lower-case hex digits. */
export type ContentHash = string

/** Hashes file content. Made by {@link createContentHasher}. */
export interface ContentHasher {
  /** @throws SystemError as `FileOps.openFile`; `signal.reason` when aborted between two pieces. */
  hashFile(dir: Fd, name: ByteString, size: number, signal?: AbortSignal): ContentHash
  hashBytes(bytes: Uint8Array): ContentHash
}

/** Bytes: below this size a file is read in one call, above it in pieces. */
const smallSize = 1 << 18
const pieceSize = 1 << 20

/** Loads the WebAssembly of xxhash-wasm on first use, as commands that hash nothing should not pay for it. */
export async function createContentHasher(ops: FileOps): Promise<ContentHasher> {
  const { default: load } = await import('xxhash-wasm')
  const { h64Raw, create64 } = await load()
  const hex = (hash: bigint): ContentHash => hash.toString(16).padStart(16, '0')

  const hashLarge = (dir: Fd, name: ByteString, signal: AbortSignal | undefined): ContentHash => {
    const fd = ops.openFile(dir, name)
    try {
      const hash = create64()
      const piece = new Uint8Array(pieceSize)
      for (let position = 0; ; ) {
        signal?.throwIfAborted()
        const length = ops.read(fd, piece, position)
        if (length === 0) return hex(hash.digest())
        hash.update(length === pieceSize ? piece : piece.subarray(0, length))
        position += length
      }
    } finally {
      ops.close(fd)
    }
  }

  const small = new Uint8Array(smallSize)
  const hashSmall = (dir: Fd, name: ByteString): ContentHash | undefined => {
    const length = ops.readFileInto(dir, name, small)
    return length === undefined ? undefined : hex(h64Raw(small.subarray(0, length)))
  }

  return {
    hashFile: (dir, name, size, signal) =>
      (size < smallSize ? hashSmall(dir, name) : undefined) ?? hashLarge(dir, name, signal),
    hashBytes: (bytes) => hex(h64Raw(bytes)),
  }
}
