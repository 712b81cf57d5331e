import type { BasePack } from '../fingerprint/base-pack.js'
import type { ContentHasher } from '../fingerprint/content-hash.js'
import type { DirectoryIndex } from '../fingerprint/directory-index.js'
import type { Ledger } from '../fingerprint/ledger.js'
import type { DirCache } from '../os/dir-cache.js'
import type { FileOps } from '../os/file-ops.js'
import type { MarkFamily } from '../overlay-format/mark-names.js'

/** All that the hash check may look at (design: "Has the base changed?"). */
export interface Evidence {
  readonly ops: FileOps
  readonly hasher: ContentHasher
  /** The project. */
  readonly base: DirCache
  readonly upper: DirCache
  readonly family: MarkFamily
  /**
   * The ctime that the project's file system gave when the session began, in nanoseconds; `undefined` where ctime proves
   * nothing (the clock stepped back, or the file system does not keep it), which turns the rules about ctime off.
   */
  readonly epochNs: bigint | undefined
  /** Upper and project are stamped by one clock and the upper was never copied, so births there compare with ctimes here. */
  readonly birthsCompare: boolean
  readonly ledger: Ledger
  /** Where the project's text goes as it is proven to be what the session built upon. */
  readonly kept: Pick<BasePack, 'takes' | 'lacks' | 'keep'>
  /** The project's directories when the session began, read when they are first asked for; `undefined` when nobody noted them. */
  readonly directories: () => DirectoryIndex | undefined
  readonly signal: AbortSignal | undefined
}
