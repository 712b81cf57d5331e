import type { Fd, FileOps } from '../os/file-ops.js'
import type { FileRead } from '../os/many-files.js'
import type { RelPath } from '../paths/byte-string.js'

/** A regular file to be read. */
export interface FileToRead {
  readonly path: RelPath
  /** Bytes that it is thought to have. */
  readonly size: number
}

/** Memory that files are read into, used again and again. */
interface Lane {
  /** Bytes of a buffer. A file must fit in with a byte to spare. */
  readonly size: number
  /** Files in one buffer at the most. */
  readonly files: number
  /** Buffers: one is worked on while the others are filled. */
  readonly buffers: number
}

/** As many bytes make reading cheap, and still lie in the processor's cache when they are looked at. */
const small: Lane = { size: 1 << 20, files: 256, buffers: 3 }
/** Few files of a tree are as large. */
const large: Lane = { size: 16 << 20, files: 1, buffers: 1 }

/** Files that are read in one call; none for a file that is too large. */
interface Batch<File> {
  readonly files: readonly File[]
  readonly lane: Lane | undefined
}

interface Reading<File> extends Batch<File> {
  readonly buffer: Uint8Array<ArrayBuffer> | undefined
  readonly answer: Promise<readonly (FileRead | undefined)[]>
}

/**
 * Each file below `root`, in their order, with what was read of it: good until the next one is asked for. Threads read the next ones
 * meanwhile. Nothing for a file of 16 MiB or more, and for one that cannot be read; a call for it alone says why.
 */
export async function* readAhead<File extends FileToRead>(
  ops: FileOps,
  root: Fd,
  files: readonly File[],
): AsyncGenerator<{ readonly file: File; readonly read: FileRead | undefined }, void, undefined> {
  const batches = inBatches(files)
  const buffers = createBuffers()
  const reading: Reading<File>[] = []
  let next = batches.next().value
  const start = (): void => {
    for (; next !== undefined; next = batches.next().value) {
      const { lane } = next
      const buffer = lane === undefined ? undefined : buffers.from(lane)
      if (lane !== undefined && buffer === undefined) return
      const paths = next.files.map(({ path }) => path)
      const answer = buffer === undefined ? Promise.resolve([]) : ops.readFiles(root, paths, buffer)
      // Who waits for it is told, but that may never come about.
      answer.catch(() => undefined)
      reading.push({ ...next, buffer, answer })
    }
  }
  start()
  for (let oldest = reading.shift(); oldest !== undefined; oldest = reading.shift()) {
    const answers = await oldest.answer
    for (const [index, file] of oldest.files.entries()) yield { file, read: answers[index] }
    if (oldest.lane !== undefined && oldest.buffer !== undefined) buffers.back(oldest.lane, oldest.buffer)
    start()
  }
}

interface Buffers {
  /** `undefined`: all are in use. */
  from(lane: Lane): Uint8Array<ArrayBuffer> | undefined
  back(lane: Lane, buffer: Uint8Array<ArrayBuffer>): void
}

/** Buffers are made when they are first needed. */
function createBuffers(): Buffers {
  const free = new Map<Lane, Uint8Array<ArrayBuffer>[]>([
    [small, []],
    [large, []],
  ])
  const made = new Map<Lane, number>()
  return {
    from: (lane) => {
      const count = made.get(lane) ?? 0
      const kept = free.get(lane)?.pop()
      if (kept !== undefined || count === lane.buffers) return kept
      made.set(lane, count + 1)
      return new Uint8Array(lane.size)
    },
    back: (lane, buffer) => free.get(lane)?.push(buffer),
  }
}

function laneOf({ size }: FileToRead): Lane | undefined {
  return [small, large].find((lane) => size < lane.size)
}

function* inBatches<File extends FileToRead>(files: readonly File[]): Generator<Batch<File>, undefined, undefined> {
  let batch: File[] = []
  let lane: Lane | undefined
  let room = 0
  for (const file of files) {
    const own = laneOf(file)
    const fits = own !== undefined && own === lane && batch.length < own.files && file.size < room
    if (!fits && batch.length > 0) {
      yield { files: batch, lane }
      batch = []
    }
    if (batch.length === 0) {
      lane = own
      room = own?.size ?? 0
    }
    batch.push(file)
    room -= file.size
  }
  if (batch.length > 0) yield { files: batch, lane }
  return undefined
}
