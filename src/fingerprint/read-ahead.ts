import type { Fd, FileOps } from '../os/file-ops.js'
import type { FileRead } from '../os/many-files.js'
import type { RelPath } from '../paths/byte-string.js'

/** A regular file to be read. */
export interface FileToRead {
  readonly path: RelPath
  /** Bytes that it is thought to have. */
  readonly size: number
}

/** Of one buffer. As many bytes make reading cheap, and still lie in the processor's cache when they are looked at. */
const bufferSize = 1 << 20
/** Files in one buffer at the most. */
const batchSize = 256
/** Buffers: one is worked on while the others are filled. */
const buffers = 3

interface Reading<File> {
  readonly batch: readonly File[]
  readonly buffer: Uint8Array<ArrayBuffer>
  readonly answer: Promise<(FileRead | undefined)[]>
}

/**
 * Each file below `root`, in their order, with what was read of it: good until the next one is asked for. Threads read the next ones
 * meanwhile. Nothing for a file of 1 MiB or more, and for one that cannot be read; a call for it alone says why.
 */
export async function* readAhead<File extends FileToRead>(
  ops: FileOps,
  root: Fd,
  files: readonly File[],
): AsyncGenerator<{ readonly file: File; readonly read: FileRead | undefined }, void, undefined> {
  const batches = inBatches(files)
  const free = Array.from({ length: Math.min(buffers, files.length) }, () => new Uint8Array(bufferSize))
  const reading: Reading<File>[] = []
  const start = (): void => {
    for (let buffer = free.pop(); buffer !== undefined; buffer = free.pop()) {
      const batch = batches.next().value
      if (batch === undefined) return
      const small = batch.filter(isSmall).map(({ path }) => path)
      const answer = small.length === 0 ? Promise.resolve([]) : ops.readFiles(root, small, buffer)
      // Who waits for it is told, but that may never come about.
      answer.catch(() => undefined)
      reading.push({ batch, buffer, answer })
    }
  }
  start()
  for (let oldest = reading.shift(); oldest !== undefined; oldest = reading.shift()) {
    const answers = (await oldest.answer).values()
    for (const file of oldest.batch) yield { file, read: isSmall(file) ? answers.next().value : undefined }
    free.push(oldest.buffer)
    start()
  }
}

/** It fits into a buffer with the byte to spare. */
function isSmall({ size }: FileToRead): boolean {
  return size < bufferSize
}

function* inBatches<File extends FileToRead>(files: readonly File[]): Generator<File[], undefined, undefined> {
  let batch: File[] = []
  let room = bufferSize
  for (const file of files) {
    const size = isSmall(file) ? file.size : 0
    if (batch.length === batchSize || size >= room) {
      yield batch
      batch = []
      room = bufferSize
    }
    batch.push(file)
    room -= size
  }
  if (batch.length > 0) yield batch
  return undefined
}
