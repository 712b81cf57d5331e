import type { RelPath } from '../../paths/byte-string.js'

/**
 * Why something of the session is not in the patch.
 * - `directory`: git keeps no directories of their own, nor their modes.
 * - `special`: a device, FIFO or socket.
 * - `mode`: permission bits other than the owner's execute bit.
 * - `owner`, `xattrs`: git keeps neither.
 * - `size`: the file is larger than the limit.
 * - `git-dir`: below `.git`, where `git apply` refuses to write.
 * - `blocked`: it takes the place of a directory that git could not empty, or lies below such a change.
 */
export type PatchNoteKind = 'directory' | 'special' | 'mode' | 'owner' | 'xattrs' | 'size' | 'git-dir' | 'blocked'

/** A change, or a part of one, that a git patch cannot hold. */
export interface PatchNote {
  readonly path: RelPath
  readonly kind: PatchNoteKind
  /** In words, e.g. `mode 0644 -> 0600`. */
  readonly text: string
}
