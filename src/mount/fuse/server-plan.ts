import type { MarkFamily } from '../../overlay-format/mark-names.js'
import type { AbsPath, ByteString } from '../../paths/byte-string.js'
import type { IndexPlan } from '../backend.js'

/**
 * How a server gets its requests: by the kernel's protocol on /dev/fuse, spoken by itself, or by way of libfuse 2, which fuse-native binds.
 */
export type FuseBinding = 'kernel' | 'fuse-native'

/** What the server of one mount is told, as JSON; paths with one character a byte. */
export interface ServerPlan {
  readonly binding: FuseBinding
  readonly family: MarkFamily
  /** The topmost first. */
  readonly lowers: readonly AbsPath[]
  /** With `work`; without, nothing can be written. */
  readonly upper: AbsPath | undefined
  readonly work: AbsPath | undefined
  /** What the mount shows as its source. */
  readonly source: ByteString
  /** Flags of the mount: `nosuid`, `ro` and so on. */
  readonly flags: readonly string[]
  readonly target: AbsPath
  /** Kept locked for as long as it serves. */
  readonly lock: AbsPath | undefined
  readonly log: AbsPath | undefined
  /** Directory of the session's record, where it notes what changes were made of. */
  readonly record: AbsPath | undefined
  readonly title: string
  /** Mounts for whoever is not root. */
  readonly mountProgram: string | undefined
  /** Notes the project's directories, once the mount is there: by this program. */
  readonly index: (IndexPlan & { readonly program: string }) | undefined
  readonly packageDir: string | undefined
}
