import type { AbsPath, ByteString, RelPath } from '../../paths/byte-string.js'
import type { ContentSource } from '../change.js'

/** Modes that a git tree knows. */
export type GitMode = '100644' | '100755' | '120000'

/** A file or symlink as git keeps it, on one side of a patch. */
export interface SideEntry {
  readonly path: RelPath
  readonly mode: GitMode
  /** Where a file's bytes lie, or a symlink's target. */
  readonly content: ContentSource | ByteString
}

/** Git looks at the owner's execute bit alone. */
export function fileMode(mode: number): GitMode {
  return (mode & 0o100) === 0 ? '100644' : '100755'
}

/**
 * Whether git would refuse the path in a patch, because a component means `.git` on some file system
 * (`core.protectNTFS`, on by default everywhere).
 */
export function isInsideGitDir(path: RelPath): boolean {
  return /(^|\/)(\.git|git~1)[ .]*([/\\:]|$)/i.test(path)
}

/** The directories that content is read from. */
export interface SideRoots {
  readonly upper: AbsPath
  readonly base: AbsPath
}
