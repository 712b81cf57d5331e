import type { RelPath } from '../paths/byte-string.js'

/**
 * Why a change cannot simply be applied.
 * - `changed`: the project's entry is not the one that the session built upon.
 * - `appeared`: the session made the path, and now the project has one too.
 * - `vanished`: the project no longer has what the session changed.
 * - `unknown-entry`: a directory that the session removed or replaced holds something the session never saw.
 * - `hidden`: the session made something where a hidden path lies.
 * - `mount`: something is mounted at or below the path, and no commit moves a mount.
 * - `parent`: the directory that should hold the path is gone or is no directory any more.
 */
export type ConflictReason = 'changed' | 'appeared' | 'vanished' | 'unknown-entry' | 'hidden' | 'mount' | 'parent'

export interface Conflict {
  /** The change that is in the way of. */
  readonly path: RelPath
  /** The entry that is the trouble, if it lies below `path` (a file in a deleted directory). */
  readonly at: RelPath
  readonly reason: ConflictReason
  /** What the session built upon, in words. */
  readonly expected: string
  /** What the project holds now, in words. */
  readonly found: string
}

/** What to do about conflicts: change nothing; leave those paths pending; take the session's; keep the project's; merge text, all or nothing. */
export type ConflictPolicy = 'abort' | 'skip' | 'ours' | 'theirs' | 'merge'

/** Whether `ours` takes the session's side: hidden is not deleted, and a mount is nobody's to move. */
export function yieldsToSession({ reason }: Conflict): boolean {
  return reason !== 'hidden' && reason !== 'mount'
}
