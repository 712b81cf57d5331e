import type { ByteString } from '../paths/byte-string.js'

/**
 * Namespace in which a session keeps overlayfs' marks: `trusted.overlay.*` (made by root) or `user.overlay.*`
 * (mounted with `userxattr`). Marks of the other family mean nothing to the mount.
 */
export type MarkFamily = 'trusted' | 'user'

/** Every mark that the kernel writes or reads (`ovl_xattr_table`, Linux 6.18). */
export type MarkName =
  | 'opaque'
  | 'redirect'
  | 'metacopy'
  | 'origin'
  | 'impure'
  | 'nlink'
  | 'upper'
  | 'uuid'
  | 'protattr'
  | 'whiteout'

export function markPrefix(family: MarkFamily): ByteString {
  return `${family}.overlay.` as ByteString
}

/** Full extended attribute name of a mark, e.g. `trusted.overlay.opaque`. */
export function markName(family: MarkFamily, name: MarkName): ByteString {
  return `${family}.overlay.${name}` as ByteString
}
