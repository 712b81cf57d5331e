import type { FileHandle } from '../os/file-ops.js'

/** Offset in `struct ovl_fb`: version, magic, length, flags and type are one byte each, then the UUID of the file system, then the handle. */
const handleAt = 21

const magic = 0xfb
const flagBigEndian = 1
const flagAnyEndian = 2
const flagUpper = 4
const knownFlags = flagBigEndian | flagAnyEndian | flagUpper

/**
 * The handle of the lower inode in `overlay.origin` (fs/overlayfs/overlayfs.h). `none`: the entry carries no mark, the session made it.
 * `unknown`: copied up, but from which inode is not said: an empty mark (all that a user namespace may write), a newer
 * version, foreign byte order, or bytes that make no sense. The kernel goes on without an origin in each of these
 * cases and merged shows the entry as ever, so a broken mark is no reason to refuse the session; it proves nothing,
 * which is the careful answer for the conflict check.
 */
export function decodeOrigin(value: Uint8Array | undefined): FileHandle | 'unknown' | 'none' {
  if (value === undefined) return 'none'
  const [version, mark, length, flags, type] = value
  if (version !== 0 || mark !== magic || length === undefined || flags === undefined || type === undefined)
    return 'unknown'
  if (length > value.length || length <= handleAt) return 'unknown'
  if ((flags & ~knownFlags) !== 0 || (flags & flagUpper) !== 0) return 'unknown'
  if ((flags & flagAnyEndian) === 0 && ((flags & flagBigEndian) !== 0) !== isBigEndian) return 'unknown'
  return { type, bytes: value.subarray(handleAt, length) }
}

const isBigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0
