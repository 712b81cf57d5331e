import type { ContentHasher } from '../fingerprint/content-hash.js'
import type { DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { FileOps, ScannedEntry } from '../os/file-ops.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { bufferFromBytes } from '../paths/bytes.js'
import { joinRel } from '../paths/rel-path.js'

/** Visits every directory from `top` down that `enter` does not refuse, without recursion, entries in byte order. */
export function* scanSubtree(
  ops: FileOps,
  tree: DirCache,
  top: RelPath,
  enter: (entry: ScannedEntry) => boolean = () => true,
): Generator<[dir: RelPath, entries: ScannedEntry[]]> {
  const pending: RelPath[] = [top]
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    const entries = ops.scanDir(tree.dir(dir)).sort((a, b) => (a.name < b.name ? -1 : 1))
    yield [dir, entries]
    for (const entry of entries) {
      if (entry.stat.type === 'dir' && enter(entry)) pending.push(joinRel(dir, entry.name))
    }
  }
}

/**
 * A digest of everything below a directory: names, inodes and ctimes. Two equal ones mean that nothing at all happened
 * in between, since any change moves a ctime; renaming the directory itself does not.
 */
export class SubtreeDigest {
  readonly #hasher: ContentHasher
  #value = ''

  constructor(hasher: ContentHasher) {
    this.#hasher = hasher
  }

  /** In the order of {@link scanSubtree}. */
  add(entries: readonly ScannedEntry[]): void {
    const lines = entries.map(({ name, stat }) => `${name}\0${stat.ino}:${instantOf(stat)}:${stat.size}:${stat.type}\n`)
    this.#value = this.#hasher.hashBytes(bufferFromBytes(`${this.#value}\n${lines.join('')}` as ByteString))
  }

  get value(): string {
    return this.#value
  }
}

/** A link made elsewhere, by a commit itself too, moves the ctime of an inode with several names. */
function instantOf({ nlink, type, ctimeNs, mtimeNs, mode, uid, gid }: EntryStat): string {
  return type === 'dir' || nlink === 1 ? `${ctimeNs}` : `${mtimeNs}:${mode}:${uid}:${gid}`
}

/** The digest of what lies below `top` now. */
export function digestSubtree(ops: FileOps, hasher: ContentHasher, tree: DirCache, top: RelPath): string {
  const digest = new SubtreeDigest(hasher)
  for (const [, entries] of scanSubtree(ops, tree, top)) digest.add(entries)
  return digest.value
}
