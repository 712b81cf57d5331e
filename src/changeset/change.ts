import type { EntryStat, EntryType } from '../os/entry-stat.js'
import type { FileHandle, Xattrs } from '../os/file-ops.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'

/**
 * What happened to a path in the session, judged against what the project holds there now.
 * - `create`: the project has nothing there.
 * - `modify`: another content (file, device) or target (symlink), or other hard links (aspect `links`).
 * - `metadata`: mode, owner, extended attributes or times alone.
 * - `delete`: gone, with all that was below it.
 * - `type`: another type of entry (a file where a directory was, a symlink where a file was).
 * - `rename`: as `create`, and the content is what the project holds at `from`.
 */
export type ChangeKind = 'create' | 'modify' | 'metadata' | 'delete' | 'type' | 'rename'

/**
 * In what the session's entry differs from the project's. `links`: it shares its inode with other names than the project's
 * entry does, so that it must be replaced, never edited in place; such a change is a `modify`.
 */
export type Aspect = 'type' | 'content' | 'mode' | 'owner' | 'xattrs' | 'times' | 'links'

/**
 * Where the bytes of a regular file lie: in the session's upper, still in the project (metacopy, redirect), or in the record's
 * directory `made`, where a commit composes what neither side has as it is (a merge, a choice of hunks).
 */
export interface ContentSource {
  readonly layer: 'upper' | 'base' | 'made'
  readonly path: RelPath
}

/** The entry as merged shows it: what a commit makes of the path. */
export interface WantedEntry {
  readonly type: EntryType
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly atimeNs: bigint
  readonly mtimeNs: bigint
  readonly rdevMajor: number
  readonly rdevMinor: number
  /** Without overlayfs' own marks, escaped ones unescaped. */
  readonly xattrs: Xattrs
  /** Symlinks only. */
  readonly target: ByteString | undefined
  /** Regular files only. */
  readonly content: ContentSource | undefined
  /**
   * Entries with the same group are hard links of one inode; `undefined` for an entry that is alone. A group that begins
   * with `base:` is an inode of the project (the entry moved along with its directory): names of it may be outside of the
   * change set, so a commit keeps it by linking the project's entry, not by copying it.
   */
  readonly linkGroup: string | undefined
}

/** Identity of an upper entry at the time of the scan, to notice that it moved since. */
export interface UpperIdentity {
  readonly ino: bigint
  readonly ctimeNs: bigint
  readonly size: number
  readonly btimeNs: bigint | undefined
}

export interface Change {
  readonly kind: ChangeKind
  readonly path: RelPath
  /**
   * `rename`: where the project holds it now. Other kinds have it for an entry at or below a moved directory: the project's
   * entry that it was or was made from, at its old path.
   */
  readonly from: RelPath | undefined
  /** Absent for `delete`. */
  readonly wanted: WantedEntry | undefined
  /** What the project holds at `path` now; `undefined`: nothing. */
  readonly base: EntryStat | undefined
  /** Extended attributes of `base`, all of them; `undefined` when they were not read (what is deleted need not be readable). */
  readonly baseXattrs?: Xattrs | undefined
  readonly aspects: ReadonlySet<Aspect>
  /** The upper entry that says so: the entry itself, the whiteout, or for what follows from an opaque or redirected directory, that directory. */
  readonly upper: UpperIdentity
  /** `overlay.origin` of the upper entry: the inode it was copied up from; `unknown` when the mark is there without a handle (userns); `none` when the entry is the session's own. */
  readonly origin: FileHandle | 'unknown' | 'none'
  /** The change follows from one above it (an entry below a renamed directory that did not change itself): counted, not listed. */
  readonly implied: boolean
  /**
   * The path is at or below one that was hidden from the session, or (`delete` and `type`) a directory with a hidden path below
   * it: the session could not know what is there.
   */
  readonly overMask: boolean
}

/** Something in the upper that is no change and is left out, with the reason. */
export interface IgnoredEntry {
  readonly path: RelPath
  readonly reason: string
}

/** A file of the upper that equals the project's: copied up, and never really changed. */
export interface UnchangedFile {
  readonly path: RelPath
  readonly base: EntryStat
  readonly baseXattrs: Xattrs
}

/** All changes of a session, in tree order (a directory before what it holds). */
export interface ChangeSet {
  readonly changes: readonly Change[]
  readonly ignored: readonly IgnoredEntry[]
  /** Upper entries with a redirect mark, by their path in merged. */
  readonly redirects: readonly RelPath[]
  /** No changes, but paths on which the session has a version of its own. */
  readonly unchanged: readonly UnchangedFile[]
}
