import type { ByteString } from '../../../paths/byte-string.js'
import type { LowerDir } from './node.js'

/** What a name means in merged; written over with each lookup. The attributes are in the core's row. */
export class Found {
  /** `st_mode >> 12`. */
  type = 0
  upper = false
  /** Also where it is not: whether only the mount can change that. */
  sure = false
  /** By a mark, which leads past directories that nobody watches. */
  redirected = false
  /** All that it depends on is watched. */
  kept = false
  attributeWhiteouts = false
  impure = false
  metacopy = false
  lowers: LowerDir[] = []
  lowerDir: LowerDir | undefined
  lowerName: ByteString = '' as ByteString
  inoLow = 0
  inoHigh = 0
}
