/** What a module did to a snapshot. Paths as in the files that went in. */
export interface FilesAfter {
  /** Changed and new files, whole. It has no prototype, so that a file may be called `__proto__`. */
  readonly files: Readonly<Record<string, Uint8Array>>
  /** Files that went in and are no files any more. */
  readonly deleted: readonly string[]
  /** What cannot be told as a file: symbolic links and special files. A directory without files leaves no trace. */
  readonly skipped: readonly SkippedEntry[]
}

export interface SkippedEntry {
  readonly path: string
  readonly reason: 'symlink' | 'special'
}
