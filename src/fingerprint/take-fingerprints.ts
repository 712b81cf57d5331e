import type { DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { FileOps } from '../os/file-ops.js'
import type { AttributesDigest } from './attributes-digest.js'
import type { ContentHash, ContentHasher } from './content-hash.js'
import { type Fingerprint, identityOf, isSameInstant, takeFingerprint } from './fingerprint.js'
import { type FileToRead, readAhead } from './read-ahead.js'

/** A regular file whose fingerprint is to be taken. */
export interface FileToFingerprint extends FileToRead {
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
  for await (const { file, read } of readAhead(ops, tree.root, files)) {
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

/** The digests of many files as they are now, in their order; errors as {@link takeFingerprints}. */
export async function hashFiles(
  ops: FileOps,
  hasher: ContentHasher,
  tree: DirCache,
  files: readonly FileToRead[],
  signal?: AbortSignal,
): Promise<ContentHash[]> {
  const hashes: ContentHash[] = []
  for await (const { file, read } of readAhead(ops, tree.root, files)) {
    signal?.throwIfAborted()
    const hash =
      read === undefined
        ? tree.at(file.path, (dir, name) => hasher.hashFile(dir, name, file.size, signal))
        : hasher.hashContent(read.content)
    hashes.push(hash)
  }
  return hashes
}
