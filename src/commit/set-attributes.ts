import type { WantedEntry } from '../changeset/change.js'
import type { DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, FileOps, Xattrs } from '../os/file-ops.js'
import { carriedXattrs } from '../overlay-format/plain-xattrs.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'

/** The attributes of an entry that a commit carries over. */
export type Attributes = Pick<WantedEntry, 'type' | 'mode' | 'uid' | 'gid' | 'atimeNs' | 'mtimeNs' | 'xattrs'>

/**
 * Makes the entry's attributes those of `wanted`: owner first (chown clears setuid and capabilities), then extended attributes
 * (an ACL sets mode bits), then mode, then times. `now` is what the entry has, `has` its extended attributes.
 */
export function setAttributes(
  ops: FileOps,
  dir: Fd,
  name: ByteString,
  wanted: Attributes,
  now: EntryStat,
  has: Xattrs = ops.getXattrs(dir, name),
): void {
  const chown = now.uid !== wanted.uid || now.gid !== wanted.gid
  if (chown) ops.setOwner(dir, name, wanted.uid, wanted.gid)
  const chattr = setXattrs(ops, dir, name, wanted.xattrs, has)
  const chmod = chown || chattr || now.mode !== wanted.mode
  if (chmod && wanted.type !== 'symlink') ops.setMode(dir, name, wanted.mode)
  ops.setTimes(dir, name, wanted.atimeNs, wanted.mtimeNs)
}

/** Calls `use` with the open parent of `path` and the name in it; the root itself has no parent to be named from. */
export function atEntry(tree: DirCache, path: RelPath, use: (dir: Fd, name: ByteString) => void): void {
  if (path === '') use(tree.root, '.' as ByteString)
  else tree.at(path, use)
}

/** What a new entry has, in a directory without a default ACL. */
export const noXattrs: Xattrs = new Map()

/** Whether any had to be changed. */
function setXattrs(ops: FileOps, dir: Fd, name: ByteString, wanted: Xattrs, has: Xattrs): boolean {
  const now = carriedXattrs(has)
  const gone = [...now.keys()].filter((key) => !wanted.has(key))
  const differing = [...carriedXattrs(wanted)].filter(([key, value]) => {
    const old = now.get(key)
    return old === undefined || Buffer.compare(old, value) !== 0
  })
  for (const key of gone) ops.removeXattr(dir, name, key)
  for (const [key, value] of differing) ops.setXattr(dir, name, key, value)
  return gone.length + differing.length > 0
}
