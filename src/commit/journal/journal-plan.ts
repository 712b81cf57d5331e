import type { SettledUpper } from '../../fingerprint/ledger.js'
import type { EntryStat } from '../../os/entry-stat.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import type { Attributes } from '../set-attributes.js'

/** By what an entry is known again. Its ctime does not count: a rename moves it. */
export type Identity = Pick<EntryStat, 'type' | 'mode' | 'uid' | 'gid' | 'size' | 'ino' | 'mtimeNs'>

/** The project's entry as it was judged; what is displaced must be just that. */
export interface Expected {
  readonly stat: Identity
  /** Of everything below it, for a directory that goes away; `undefined`: whatever is there may go. */
  readonly subtree: string | undefined
}

/**
 * One move on the real tree. `slot` is a path below the commit's directory in `undo/`: first the new entry is there, afterwards what
 * it displaced, so that looking into the slot tells whether the move was made.
 * - `place`: goes where nothing is (RENAME_NOREPLACE).
 * - `exchange`: swaps places with the project's entry (RENAME_EXCHANGE).
 * - `remove`: the project's entry moves into the slot (RENAME_NOREPLACE).
 * - `move`: a directory of the project gets another path there (RENAME_NOREPLACE).
 * - `attributes`: owner, extended attributes, mode and times are set on the project's own inode.
 */
export type JournalStep = PlaceStep | ExchangeStep | RemoveStep | MoveStep | AttributesStep

export interface PlaceStep {
  readonly does: 'place'
  readonly path: RelPath
  readonly slot: RelPath
  readonly staged: Identity
  /** What a directory gets once it is in its place; its move needs it writable. */
  readonly finish: Attributes | undefined
  /** Extended attributes that it loses before it is moved: overlayfs' own. */
  readonly strip: readonly ByteString[]
}

export interface ExchangeStep extends Omit<PlaceStep, 'does'> {
  readonly does: 'exchange'
  readonly expected: Expected
}

export interface RemoveStep {
  readonly does: 'remove'
  readonly path: RelPath
  readonly slot: RelPath
  readonly expected: Expected
}

export interface MoveStep {
  readonly does: 'move'
  readonly from: RelPath
  readonly path: RelPath
  readonly expected: Expected
}

export interface AttributesStep {
  readonly does: 'attributes'
  readonly path: RelPath
  readonly expected: Identity
  readonly before: Attributes
  readonly after: Attributes
  /** Whether `xattrs` are among what differs. To ask for them costs more than all the rest. */
  readonly xattrs: boolean
}

/** A directory of the project whose entries move, as it was before. */
export interface TouchedDirectory {
  readonly path: RelPath
  readonly ino: bigint
  readonly mode: number
  readonly atimeNs: bigint
  readonly mtimeNs: bigint
  /** The times that it gets in the end; `undefined`: those that the moves make. */
  readonly endTimes: Times | undefined
  /** It was what the session began with, and so counts as that afterwards. */
  readonly known: boolean
}

/** Nanoseconds. */
export interface Times {
  readonly atimeNs: bigint
  readonly mtimeNs: bigint
}

export interface SlotTimes extends Times {
  readonly slot: RelPath
}

/** The redirect mark of an upper entry, which has to lead to where the project's entry is. */
export interface RedirectMove {
  readonly path: RelPath
  readonly before: ByteString
  readonly after: ByteString
}

/** What the ledger learns of a path once the commit is done. */
export interface SettledChange {
  readonly path: RelPath
  /** The upper entry that is settled by it; `none`: it is a change again; `undefined`: it is no less one than before. */
  readonly upper: SettledUpper | 'whiteout' | 'none' | undefined
  /** What the session builds upon from now on; `undefined`: the same as before. */
  readonly placed: Identity | 'absent' | undefined
  /** It went over a conflict (`ours`), which is one again after an undo. */
  readonly contested?: true
}

/** All that it takes to go forward or back, whoever does it. */
export interface JournalPlan {
  /** Name of the commit's directory in `undo/`. */
  readonly id: string
  readonly kind: 'commit' | 'undo'
  /** The upper itself is in the commit's directory, and its files are moved: the commit closes the session, the undo opens it again. */
  readonly closes: boolean
  /** In the order of doing: moves, then attributes of entries, then those of directories, the deepest first. */
  readonly steps: readonly JournalStep[]
  readonly directories: readonly TouchedDirectory[]
  /** Directories below the slots whose entries are the session's own, with the times that they have when all is back. */
  readonly slotTimes: readonly SlotTimes[]
  /** May be made anew each time that it is gone through: there may be some hundred thousand. */
  readonly settled: Iterable<SettledChange>
  readonly redirects: readonly RedirectMove[]
}
