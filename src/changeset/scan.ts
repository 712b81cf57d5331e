import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { Pace } from '../os/pace.js'
import type { MarkFamily } from '../overlay-format/mark-names.js'
import type { Marks } from '../overlay-format/marks.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import type { Change, IgnoredEntry, UnchangedFile, UpperIdentity } from './change.js'
import type { ContentQuestions } from './content-questions.js'
import type { DirPool, PooledDir } from './dir-pool.js'
import type { LayerEntry } from './layer-entry.js'
import type { LinkMember } from './link-groups.js'
import type { MaskNode } from './masks.js'

export interface ChangeSetInput {
  readonly ops: FileOps
  /** The project's root directory. */
  readonly lower: Fd
  /** The session's upper directory. */
  readonly upper: Fd
  /** The mark family that the session was mounted with; marks of the other one mean nothing. */
  readonly family: MarkFamily
  /** `forged`: the session's backend writes no redirect and no metacopy marks, so one that is there is refused. */
  readonly redirects: 'followed' | 'forged'
  /** Paths hidden from the session. */
  readonly masks: readonly RelPath[]
  /** Whether the content of a file that has the size of the base's is known to be equal, so that none is read. */
  readonly knownEqual?: (path: RelPath, upper: EntryStat, base: EntryStat) => boolean
  readonly signal?: AbortSignal | undefined
  /** Called now and then with the number of entries looked at. */
  readonly onProgress?: ((entries: number) => void) | undefined
}

/** What one run of `readChangeSet` knows. */
export interface Scan {
  readonly input: ChangeSetInput
  readonly pool: DirPool
  readonly pace: Pace
  readonly lowerRoot: PooledDir
  /** No redirect may lead to or below these. */
  readonly hidden: readonly RelPath[]
  readonly ignored: IgnoredEntry[]
  readonly redirects: RelPath[]
  readonly unchanged: UnchangedFile[]
  readonly members: LinkMember[]
  readonly questions: ContentQuestions
  /** The project's directories that have one of the upper above them. */
  readonly directories: Map<RelPath, LayerEntry>
  entries: number
}

/** A place for at most one change; link groups are known only at the end, and may add one. */
export interface Slot {
  change: Change | undefined
}

/** Changes at and below a directory, in tree order. */
export interface Segment {
  readonly items: (Slot | Segment)[]
}

/** A directory of merged that is still to be looked at. */
export interface Level {
  readonly path: RelPath
  /** Its directory in the upper; `undefined` below a renamed directory where nothing changed. */
  readonly upper: PooledDir | undefined
  readonly opaque: Marks['opaque']
  /** The project's directory that merged shows through it; the same object as `base` unless it was renamed. */
  readonly lower: PooledDir | undefined
  /** The project's directory at the same path. */
  readonly base: PooledDir | undefined
  /** The nearest upper directory. */
  readonly witness: UpperIdentity
  readonly masks: MaskNode | undefined
  readonly overMask: boolean
  /**
   * The session's directory was renamed, and the project holds none any more where it came from: merged shows nothing of what the session
   * did not change itself, though nobody deleted it.
   */
  readonly lost: boolean
  /** A directory above is a `rename`: what comes from the project unchanged follows from it. */
  readonly belowRename: boolean
  readonly segment: Segment
}

/** One name of a level. */
export interface Place {
  readonly level: Level
  readonly name: ByteString
  readonly path: RelPath
  readonly mask: MaskNode | undefined
}
