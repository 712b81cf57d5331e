import type { Change } from '../changeset/change.js'
import type { Conflict } from '../conflict/conflict.js'
import type { Fingerprint } from '../fingerprint/fingerprint.js'

/** A change with what the hash check found. */
export interface JudgedChange {
  readonly change: Change
  /** Empty: it can be applied. */
  readonly conflicts: readonly Conflict[]
  /** Digest of what the project held below a directory that the change removes, as it was when it was judged. */
  readonly subtree: string | undefined
  /** Only a part of what the session did there is applied: the path stays a change, so it must not be settled. */
  readonly partial?: true
  /** It is a merge with the project's version. This is the session's, all of which is in it: what the session builds upon from then on. */
  readonly merged?: Fingerprint
}
