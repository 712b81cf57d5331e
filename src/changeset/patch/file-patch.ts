import type { ByteString, RelPath } from '../../paths/byte-string.js'
import type { GitMode } from './tree-side.js'

/** One line of a hunk. `text` has its newline, but for the last line of a file that ends without one. */
export interface HunkLine {
  readonly sign: ' ' | '-' | '+'
  readonly text: ByteString
}

export interface Hunk {
  /** Line of the old file that it begins at, from 1; the one before it where the hunk has no old line. */
  readonly oldStart: number
  /** Old lines: kept ones and removed ones. */
  readonly oldCount: number
  readonly newStart: number
  /** What git puts after the second `@@`. */
  readonly section: ByteString
  readonly lines: readonly HunkLine[]
}

/** What a patch does to one file or symlink. */
export interface FilePatch {
  /** `undefined`: the patch creates the file. */
  readonly oldPath: RelPath | undefined
  /** `undefined`: the patch deletes the file. */
  readonly newPath: RelPath | undefined
  /** The old file stays: a copy, no rename. */
  readonly copies: boolean
  /** Only where the patch names it: a creation, a deletion, a change of mode. */
  readonly oldMode: GitMode | undefined
  readonly newMode: GitMode | undefined
  /** Git's names of both contents (SHA-1 of the blob; zeros for none), where git takes the file for binary. It has no hunks then. */
  readonly binary: { readonly oldId: string; readonly newId: string } | undefined
  readonly hunks: readonly Hunk[]
}

/** The path that a person would name it by. */
export function pathOfPatch({ oldPath, newPath }: FilePatch): RelPath {
  return newPath ?? (oldPath as RelPath)
}
