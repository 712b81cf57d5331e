import { OverlayError } from '../../errors/overlay-error.js'
import type { Fd, FileOps } from '../../os/file-ops.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { bufferFromBytes } from '../../paths/bytes.js'
import { quoteName, quotePatchName } from '../../paths/quote-name.js'
import { nameOf, parentOf } from '../../paths/rel-path.js'
import type { ContentSource } from '../change.js'
import type { SideEntry } from './tree-side.js'

/** Open directories that content is read below. */
export interface ContentRoots {
  /** Only where content was composed. */
  readonly made?: Fd
  readonly upper: Fd
  readonly base: Fd
}

/** Files up to this size, in bytes, are read whole, so that one that grows meanwhile does no harm. */
const wholeLimit = 4 * 2 ** 20

const batchSize = 2 ** 18

/** References that {@link fastImportStream} makes. */
export const baseRef = 'refs/heads/base'
export const sessionRef = 'refs/heads/session'

/**
 * The input of `git fast-import` (git-fast-import(1)) that makes one commit of each side. Content that both sides
 * share is written once.
 * @throws OverlayError `SESSION_BUSY` when a large file shrinks while it is read.
 */
export function fastImportStream(
  ops: FileOps,
  roots: ContentRoots,
  base: readonly SideEntry[],
  session: readonly SideEntry[],
): Generator<Uint8Array> {
  return inBatches(commands(ops, roots, base, session))
}

/** A write for each small piece would cost more than the comparison. */
function* inBatches(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let batch: Uint8Array[] = []
  let size = 0
  for (const piece of pieces) {
    batch.push(piece)
    size += piece.length
    if (size < batchSize) continue
    yield Buffer.concat(batch)
    batch = []
    size = 0
  }
  yield Buffer.concat(batch)
}

function* commands(
  ops: FileOps,
  roots: ContentRoots,
  base: readonly SideEntry[],
  session: readonly SideEntry[],
): Generator<Uint8Array> {
  const marks = new Map<string, number>()
  for (const { content } of [...base, ...session]) {
    const key = contentKey(content)
    if (marks.has(key)) continue
    marks.set(key, marks.size + 1)
    yield Buffer.from(`blob\nmark :${marks.size}\n`)
    yield* typeof content === 'string' ? data(bufferFromBytes(content)) : fileData(ops, roots, content)
  }
  yield commit(baseRef, base, marks)
  yield commit(sessionRef, session, marks)
  yield Buffer.from('done\n')
}

function contentKey(content: ContentSource | ByteString): string {
  return typeof content === 'string' ? `link:${content}` : `${content.layer}:${content.path}`
}

function* data(bytes: Uint8Array): Generator<Uint8Array> {
  yield Buffer.from(`data ${bytes.length}\n`)
  yield bytes
  yield Buffer.from('\n')
}

function* fileData(ops: FileOps, roots: ContentRoots, source: ContentSource): Generator<Uint8Array> {
  const file = openSource(ops, roots, source)
  try {
    const { size } = ops.statFd(file)
    if (size <= wholeLimit) yield* data(readWhole(ops, file, size))
    else yield* streamed(ops, file, size, source.path)
  } finally {
    ops.close(file)
  }
}

function openSource(ops: FileOps, roots: ContentRoots, source: ContentSource): Fd {
  const root = roots[source.layer]
  if (root === undefined) throw new Error(`Expected a root of the layer "${source.layer}", got none`)
  const dir = ops.openDir(root, parentOf(source.path))
  try {
    return ops.openFile(dir, nameOf(source.path))
  } finally {
    ops.close(dir)
  }
}

function readWhole(ops: FileOps, file: Fd, size: number): Uint8Array {
  const buffer = Buffer.alloc(size)
  let length = 0
  while (length < size) {
    const read = ops.read(file, buffer.subarray(length), length)
    if (read === 0) break
    length += read
  }
  return buffer.subarray(0, length)
}

function* streamed(ops: FileOps, file: Fd, size: number, path: RelPath): Generator<Uint8Array> {
  yield Buffer.from(`data ${size}\n`)
  for (let at = 0; at < size; ) {
    // A fresh buffer for each piece: the one before may still be on its way through the pipe.
    const piece = Buffer.alloc(Math.min(wholeLimit, size - at))
    const read = ops.read(file, piece, at)
    if (read === 0) throw shrank(path, size, at)
    yield piece.subarray(0, read)
    at += read
  }
  yield Buffer.from('\n')
}

function shrank(path: RelPath, size: number, at: number): OverlayError {
  const name = quoteName(path)
  return new OverlayError('SESSION_BUSY', `Expected ${name} to keep its ${size} bytes while it is read, got ${at}`, {
    path: name,
    hint: 'Something still writes to it: wait for it to end, then try again.',
  })
}

function commit(ref: string, entries: readonly SideEntry[], marks: ReadonlyMap<string, number>): Uint8Array {
  const lines = entries.map(
    ({ mode, content, path }) => `M ${mode} :${marks.get(contentKey(content))} ${quotePatchName(path)}\n`,
  )
  return Buffer.from(`commit ${ref}\ncommitter overlay <overlay> 0 +0000\ndata 0\n${lines.join('')}\n`)
}
