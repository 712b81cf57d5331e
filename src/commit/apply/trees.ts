import type { ContentHasher } from '../../fingerprint/content-hash.js'
import type { DirCache } from '../../os/dir-cache.js'
import type { FileOps, RenameMode } from '../../os/file-ops.js'
import type { RelPath } from '../../paths/byte-string.js'

/** What a commit moves entries between. */
export interface Trees {
  readonly ops: FileOps
  readonly hasher: ContentHasher
  /** The project. */
  readonly base: DirCache
  /** `undo/<id>`: what was built, and what is displaced. */
  readonly slots: DirCache
}

/** Moves the entry in `slot` to `path`, or has the two swap places; both relative to parents opened beneath their roots. */
export function moveIn({ ops, base, slots }: Trees, slot: RelPath, path: RelPath, mode: RenameMode): void {
  slots.at(slot, (from, name) => base.at(path, (to, newName) => ops.rename(from, name, to, newName, mode)))
}

/** Moves the project's entry at `path` to `slot`. */
export function moveOut({ ops, base, slots }: Trees, path: RelPath, slot: RelPath): void {
  base.at(path, (from, name) => slots.at(slot, (to, newName) => ops.rename(from, name, to, newName, 'noreplace')))
}

/** Moves a directory within the project. */
export function moveWithin({ ops, base }: Trees, from: RelPath, to: RelPath): void {
  const source = base.at(from, (dir, name) => ({ dir: ops.openDir(dir, '' as RelPath), name }))
  try {
    base.at(to, (dir, name) => ops.rename(source.dir, source.name, dir, name, 'noreplace'))
  } finally {
    ops.close(source.dir)
  }
}
