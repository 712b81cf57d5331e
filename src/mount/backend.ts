import type { MarkFamily } from '../overlay-format/mark-names.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import type { Refusal } from './holder-client.js'

export type BackendName = 'kernel' | 'userns' | 'fuse'

/** What to mount, and where. All paths exist, `shadow` apart: what it should be is the backend's to say. */
export interface MountPlan {
  readonly family: MarkFamily
  readonly lower: AbsPath
  readonly upper: AbsPath
  readonly work: AbsPath
  /** The path that people use. */
  readonly shadow: AbsPath
  /** File that the holder keeps locked with flock for as long as it lives; `undefined` for a probe. */
  readonly lock: AbsPath | undefined
  /** What the list of processes shows the holder with. */
  readonly title: string
  /** Has the holder note the directories of `lower`, once it has answered; for a new session. */
  readonly index?: IndexPlan | undefined
}

/** Where the holder notes directories, and which one of the project's root it leaves out. */
export interface IndexPlan {
  readonly file: AbsPath
  readonly skip: ByteString
}

/** A process, told apart from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/<pid>/stat. */
  readonly startTime: bigint
}

/** A mount that stands. */
export interface Attachment {
  readonly backend: BackendName
  /** `undefined`: the process that kept a kernel mount locked has died. */
  readonly holder: ProcessIdentity | undefined
  /** Where the mount is, in the holder's mount namespace (or in ours, when there is no holder). */
  readonly mountPoint: AbsPath
}

/** Why something cannot be done here, and what would change that. */
export interface Obstacle {
  readonly reason: string
  /** The exact command or setting; `undefined` where nothing helps. */
  readonly fix: string | undefined
}

/** `limits`: what the session cannot do that its user may expect, in sentences. */
export type AttachOutcome =
  | { readonly attached: true; readonly attachment: Attachment; readonly limits?: readonly string[] }
  | { readonly attached: false; readonly refusal: Refusal }

export type DetachOutcome = { readonly detached: true } | { readonly detached: false; readonly refusal: Refusal }

/** One way to make a merged directory out of a project and an upper. */
export interface MountBackend {
  readonly name: BackendName
  /** Why this process cannot use the backend at all, as far as that is seen without trying; `undefined`: try it. */
  impossible(): Obstacle | undefined
  /** Whether this process can read and write the marks of a session that root made (`trusted.overlay.*`) by it. */
  servesTrusted(): boolean
  /**
   * Mounts, writes to the mount and unmounts: the truth, and nothing of it stays. Uses all of `plan` but its lock;
   * `plan.shadow` is an empty directory.
   */
  probe(plan: MountPlan): Promise<Refusal | undefined>
  /** Mounts, starts the holder that owns the session's lock, and makes `plan.shadow` lead to the mount. */
  attach(plan: MountPlan): Promise<AttachOutcome>
  /** Unmounts and ends the holder; `plan.shadow` goes. Whoever calls has made sure that the holder is ours. Refused with EBUSY while the mount is used. */
  detach(attachment: Attachment, plan: Pick<MountPlan, 'shadow'>): Promise<DetachOutcome>
}
