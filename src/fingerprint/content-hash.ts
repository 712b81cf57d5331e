import type { Fd, FileOps } from '../os/file-ops.js'
import type { ByteString } from '../paths/byte-string.js'
import { blockSize, createDataRuns } from './data-runs.js'

/**
 * A digest of a file's content. Below {@link plainLimit} bytes the XXH64 (seed 0) of the content, 16 lower-case hex digits;
 * else `s` and the XXH64 of its data without zeroes ({@link createDataRuns}). Sessions of the first version have plain ones of larger files too.
 */
export type ContentHash = string

/** Hashes file content. Made by {@link createContentHasher}. */
export interface ContentHasher {
  /** `seen` gets what was hashed. @throws SystemError as `FileOps.openFile`; `signal.reason` when aborted between two pieces. */
  hashFile(dir: Fd, name: ByteString, size: number, signal?: AbortSignal, seen?: SeenContent): ContentHash
  /** The digest of a file that holds just this. */
  hashContent(content: Uint8Array): ContentHash
  /** Whether a file of `size` bytes has the digest `known`, of whichever kind that is. Errors as `hashFile`. */
  hasHash(dir: Fd, name: ByteString, size: number, known: ContentHash, signal?: AbortSignal): boolean
  /** Of a text that of its UTF-8. */
  hashBytes(bytes: Uint8Array | string): ContentHash
}

/** Gets the whole content of a file if it was read in one piece, without holes and at most 1 MiB; good until the next file is hashed. */
export type SeenContent = (content: Uint8Array) => void

/** Bytes: a file below this size is read in one call, and all of it is hashed. */
const plainLimit = 1 << 18
/** A multiple of the block size. */
const pieceSize = 1 << 20

/** Whether a digest is of the kind that a file of `size` bytes gets by now, and not one of the first version's. */
export function isOfToday(hash: ContentHash, size: number): boolean {
  return size < plainLimit || hash.startsWith('s')
}

/** Loads the WebAssembly of xxhash-wasm on first use, as commands that hash nothing should not pay for it. */
export async function createContentHasher(ops: FileOps): Promise<ContentHasher> {
  const { default: load } = await import('xxhash-wasm')
  const { h64, h64Raw, create64 } = await load()
  const hex = (hash: bigint): ContentHash => hash.toString(16).padStart(16, '0')

  const hashAll = (fd: Fd, signal: AbortSignal | undefined): ContentHash => {
    const hash = create64()
    for (const { piece } of readPieces(ops, fd, 0, Number.POSITIVE_INFINITY, signal)) hash.update(piece)
    return hex(hash.digest())
  }

  const hashRuns = (
    fd: Fd,
    size: number,
    signal: AbortSignal | undefined,
    seen: SeenContent | undefined,
  ): ContentHash => {
    const hash = create64()
    const runs = createDataRuns(hash)
    let at = 0
    for (let range = ops.nextData(fd, at); range !== undefined && at < size; range = ops.nextData(fd, at)) {
      const start = Math.max(at, range.start - (range.start % blockSize))
      at = Math.min(size, Math.ceil(range.end / blockSize) * blockSize)
      for (const { position, piece } of readPieces(ops, fd, start, at, signal)) {
        runs.add(position, piece)
        if (piece.length === size) seen?.(piece)
      }
    }
    runs.end(size)
    return `s${hex(hash.digest())}`
  }

  const hashLargeContent = (content: Uint8Array): ContentHash => {
    const hash = create64()
    const runs = createDataRuns(hash)
    // Of whatever is hashed in one go, the WebAssembly needs room for a copy.
    for (let at = 0; at < content.length; at += pieceSize) runs.add(at, content.subarray(at, at + pieceSize))
    runs.end(content.length)
    return `s${hex(hash.digest())}`
  }

  const hashOpened = (
    dir: Fd,
    name: ByteString,
    plain: boolean,
    signal: AbortSignal | undefined,
    seen?: SeenContent,
  ): ContentHash => {
    const fd = ops.openFile(dir, name)
    try {
      const { size } = ops.statFd(fd)
      return plain || size < plainLimit ? hashAll(fd, signal) : hashRuns(fd, size, signal, seen)
    } finally {
      ops.close(fd)
    }
  }

  const small = new Uint8Array(plainLimit)
  const hashSmall = (dir: Fd, name: ByteString, seen: SeenContent | undefined): ContentHash | undefined => {
    const length = ops.readFileInto(dir, name, small)
    if (length === undefined) return undefined
    const content = small.subarray(0, length)
    seen?.(content)
    return hex(h64Raw(content))
  }

  const hashFile: ContentHasher['hashFile'] = (dir, name, size, signal, seen) =>
    (size < plainLimit ? hashSmall(dir, name, seen) : undefined) ?? hashOpened(dir, name, false, signal, seen)

  return {
    hashFile,
    hasHash: (dir, name, size, known, signal) => {
      return (
        (!isOfToday(known, size) ? hashOpened(dir, name, true, signal) : hashFile(dir, name, size, signal)) === known
      )
    },
    hashContent: (content) => (content.length < plainLimit ? hex(h64Raw(content)) : hashLargeContent(content)),
    hashBytes: (bytes) => hex(typeof bytes === 'string' ? h64(bytes) : h64Raw(bytes)),
  }
}

/** A file from `start` to before `end`, or to its own end, in full pieces but for the last. Each is good until the next one. */
function* readPieces(
  ops: FileOps,
  fd: Fd,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): Generator<{ position: number; piece: Uint8Array }> {
  const buffer = new Uint8Array(Math.min(pieceSize, end - start))
  for (let position = start; position < end; ) {
    signal?.throwIfAborted()
    const wanted = Math.min(buffer.length, end - position)
    const length = readFully(ops, fd, buffer.subarray(0, wanted), position)
    yield { position, piece: buffer.subarray(0, length) }
    if (length < wanted) return
    position += length
  }
}

function readFully(ops: FileOps, fd: Fd, into: Uint8Array, position: number): number {
  let length = 0
  while (length < into.length) {
    const count = ops.read(fd, into.subarray(length), position + length)
    if (count === 0) break
    length += count
  }
  return length
}
