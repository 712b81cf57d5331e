import type { Xattrs } from '../os/file-ops.js'
import type { ByteString } from '../paths/byte-string.js'
import { bytesFromBuffer } from '../paths/bytes.js'
import { type MarkFamily, type MarkName, markPrefix } from './mark-names.js'

/** overlayfs' marks of one upper entry, decoded; `undefined` and `false` where a mark is absent or has no meaning. */
export interface Marks {
  /** Directories: `y` hides the lower directory; `x` says that whiteouts by attribute may be among its entries. */
  readonly opaque: 'y' | 'x' | undefined
  /** Where the lower counterpart lies, as written: see `resolveRedirect`. */
  readonly redirect: ByteString | undefined
  /** Regular files: the data is the lower file's. `broken`: in a form that the kernel answers with EIO. */
  readonly metacopy: 'whole' | 'broken' | undefined
  /** Handle of the inode it was copied up from, as written: see `decodeOrigin`. */
  readonly origin: Uint8Array | undefined
  /** An empty regular file with it stands for a deletion: see `whiteoutForm`. */
  readonly whiteout: boolean
  /** Made immutable (`i`) or append-only (`a`) in the session; the inode itself does not carry the flag. */
  readonly protattr: ByteString | undefined
}

const noMarks: Marks = {
  opaque: undefined,
  redirect: undefined,
  metacopy: undefined,
  origin: undefined,
  whiteout: false,
  protattr: undefined,
}

/** Smallest `struct ovl_metacopy`: version, length, flags, digest algorithm. */
const smallestMetacopy = 4

/**
 * Reads the marks of one family. The bookkeeping marks `impure`, `nlink`, `upper` and `uuid` say nothing about what
 * merged shows (they serve inode numbers, the index and NFS), so they are only kept out of the plain attributes.
 */
export function decodeMarks(xattrs: Xattrs, family: MarkFamily): Marks {
  const prefix = markPrefix(family)
  let marks: { -readonly [mark in keyof Marks]: Marks[mark] } | undefined
  for (const [key, value] of xattrs) {
    if (!key.startsWith(prefix)) continue
    marks ??= { ...noMarks }
    switch (key.slice(prefix.length) as MarkName) {
      case 'opaque':
        marks.opaque = opaqueValue(bytesFromBuffer(value))
        break
      case 'redirect':
        marks.redirect = bytesFromBuffer(value)
        break
      case 'metacopy':
        marks.metacopy = metacopyState(value)
        break
      case 'origin':
        marks.origin = value
        break
      case 'whiteout':
        marks.whiteout = true
        break
      case 'protattr':
        marks.protattr = bytesFromBuffer(value)
    }
  }
  return marks ?? noMarks
}

/** The kernel reads the value into one byte: anything longer is no mark. */
function opaqueValue(value: string): 'y' | 'x' | undefined {
  return value === 'y' ? 'y' : value === 'x' ? 'x' : undefined
}

/** Empty (before 6.6, and without a digest) or a `struct ovl_metacopy` of at least four bytes. */
function metacopyState(value: Uint8Array): 'whole' | 'broken' {
  return value.length === 0 || value.length >= smallestMetacopy ? 'whole' : 'broken'
}
