import { type AttributesDigest, digestAttributes } from '../fingerprint/attributes-digest.js'
import type { Xattrs } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import { carriedXattrs } from '../overlay-format/plain-xattrs.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import type { Evidence } from './evidence.js'

/** Digest of those of an entry's attributes that a commit carries. */
export function digestCarried({ hasher }: Evidence, xattrs: Xattrs): AttributesDigest {
  return digestAttributes(hasher, carriedXattrs(xattrs))
}

/** The same of the project's entry at `path`, read now; `undefined` when they may not be read. */
export function readAttributes(evidence: Evidence, path: RelPath): AttributesDigest | undefined {
  const { ops, base } = evidence
  try {
    return digestCarried(
      evidence,
      // The root has no parent to be named from.
      base.at(path, (dir, name) => ops.getXattrs(dir, path === '' ? ('.' as ByteString) : name)),
    )
  } catch (error) {
    if (isErrno(error, 'EACCES')) return undefined
    throw error
  }
}
