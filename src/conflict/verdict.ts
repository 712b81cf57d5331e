import type { Conflict } from './conflict.js'

/**
 * What the hash check says of one change.
 * - `apply`: the project is as the session found it.
 * - `drop`: the session itself changed nothing there; what differs is the project's own news.
 * - `conflict`: design rule 5.
 */
export type Verdict =
  | {
      readonly is: 'apply'
      /** Digest of what the project holds below a directory that the change removes. */
      readonly subtree?: string | undefined
    }
  | { readonly is: 'drop' }
  | { readonly is: 'conflict'; readonly conflicts: readonly Conflict[] }
