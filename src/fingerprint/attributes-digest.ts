import type { Xattrs } from '../os/file-ops.js'
import { bufferFromBytes } from '../paths/bytes.js'
import type { ContentHasher } from './content-hash.js'

/** `''` for an entry without attributes, else 16 hexadecimal digits; see docs/on-disk-format.md, "Ledger". */
export type AttributesDigest = string

/** Digest of extended attributes and ACLs, in whatever order they come. `xattrs`: those that count, and no others. */
export function digestAttributes(hasher: Pick<ContentHasher, 'hashBytes'>, xattrs: Xattrs): AttributesDigest {
  if (xattrs.size === 0) return ''
  const parts = [...xattrs]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, value]) => [lengthOf(name), bufferFromBytes(name), lengthOf(value), value])
  return hasher.hashBytes(Buffer.concat(parts))
}

/** 32 bits, little-endian. */
function lengthOf({ length }: { readonly length: number }): Uint8Array {
  return new Uint8Array(Uint32Array.of(length).buffer)
}
