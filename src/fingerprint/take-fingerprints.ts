import type { DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { FileOps } from '../os/file-ops.js'
import type { FileRead } from '../os/many-files.js'
import type { RelPath } from '../paths/byte-string.js'
import type { AttributesDigest } from './attributes-digest.js'
import type { ContentHasher } from './content-hash.js'
import { type Fingerprint, identityOf, isSameInstant, takeFingerprint } from './fingerprint.js'

/** A regular file whose fingerprint is to be taken. */
export interface FileToFingerprint {
  readonly path: RelPath
  readonly stat: EntryStat
  readonly attributes: AttributesDigest | undefined
}

export interface TakenFingerprint<File extends FileToFingerprint> {
  readonly file: File
  /** `undefined`: it moved while it was read. */
  readonly fingerprint: Fingerprint | undefined
  /** All of it, if that was read in one piece; good until the next one is asked for. */
  readonly content: Uint8Array | undefined
}

/** Of one buffer. As many bytes make reading cheap, and still lie in the processor's cache when they are hashed. */
const bufferSize = 1 << 20
/** Files in one buffer at the most. */
const batchSize = 256
/** Buffers: one is hashed while the others are filled. */
const buffers = 3

/**
 * Takes the fingerprints of many files, in their order. Threads read the next ones while this one hashes.
 * @throws SystemError of a file that cannot be opened or read; `signal.reason`
 */
export async function* takeFingerprints<File extends FileToFingerprint>(
  ops: FileOps,
  hasher: ContentHasher,
  tree: DirCache,
  files: readonly File[],
  signal?: AbortSignal,
): AsyncGenerator<TakenFingerprint<File>, void, undefined> {
  for await (const { file, read } of readAhead(ops, tree, files)) {
    signal?.throwIfAborted()
    if (read !== undefined) {
      const identity = { ...identityOf(file.stat), attributes: file.attributes }
      const { content, stat } = read
      const isSame = isSameInstant(identity, stat) && content.length === stat.size
      const fingerprint = isSame ? { ...identity, hash: hasher.hashContent(content) } : undefined
      yield { file, fingerprint, content }
      continue
    }
    let content: Uint8Array | undefined
    const fingerprint = tree.at(file.path, (dir, name) =>
      takeFingerprint(ops, hasher, { ...file, dir, name }, signal, (piece) => {
        content = piece
      }),
    )
    yield { file, fingerprint, content }
  }
}

/** Each file in its order with what was read of it; nothing for a large one, and for one that could not be read. */
async function* readAhead<File extends FileToFingerprint>(
  ops: FileOps,
  tree: DirCache,
  files: readonly File[],
): AsyncGenerator<{ file: File; read: FileRead | undefined }, void, undefined> {
  const batches = inBatches(files)
  const free = Array.from({ length: Math.min(buffers, files.length) }, () => new Uint8Array(bufferSize))
  const reading: {
    batch: readonly File[]
    buffer: Uint8Array<ArrayBuffer>
    answer: Promise<(FileRead | undefined)[]>
  }[] = []
  const start = (): void => {
    for (let buffer = free.pop(); buffer !== undefined; buffer = free.pop()) {
      const batch = batches.next().value
      if (batch === undefined) return
      const small = batch.filter(isSmall).map(({ path }) => path)
      const answer = small.length === 0 ? Promise.resolve([]) : ops.readFiles(tree.root, small, buffer)
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
function isSmall({ stat }: FileToFingerprint): boolean {
  return stat.size < bufferSize
}

function* inBatches<File extends FileToFingerprint>(files: readonly File[]): Generator<File[], undefined, undefined> {
  let batch: File[] = []
  let room = bufferSize
  for (const file of files) {
    const size = isSmall(file) ? file.stat.size : 0
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
