import type { WorkspaceChanges, WorkspaceFiles } from '../workspace/workspace.js'

/** What a module did to a snapshot. Paths as in the files that went in. */
export interface FilesAfter extends WorkspaceChanges {
  /**
   * Changed and new files, whole; new directories that hold none of them, with a slash at the end. It has no prototype, so that a file may be
   * called `__proto__`.
   */
  readonly files: WorkspaceFiles
  /** Files and directories that went in and are none any more. */
  readonly deleted: readonly string[]
  /** What is neither file nor directory, and cannot be told: symbolic links and special files. */
  readonly skipped: readonly SkippedEntry[]
}

export interface SkippedEntry {
  readonly path: string
  readonly reason: 'symlink' | 'special'
}
