import type { WantedEntry } from '../changeset/change.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, FileOps, Xattrs } from '../os/file-ops.js'
import type { ByteString } from '../paths/byte-string.js'

/** The attributes of an entry that a commit carries over. */
export type Attributes = Pick<WantedEntry, 'type' | 'mode' | 'uid' | 'gid' | 'atimeNs' | 'mtimeNs' | 'xattrs'>

/**
 * Makes the entry's attributes those of `wanted`: owner first (chown clears setuid and capabilities), then extended attributes
 * (an ACL sets mode bits), then mode, then times.
 */
export function setAttributes(ops: FileOps, dir: Fd, name: ByteString, wanted: Attributes, now: EntryStat): void {
  if (now.uid !== wanted.uid || now.gid !== wanted.gid) ops.setOwner(dir, name, wanted.uid, wanted.gid)
  setXattrs(ops, dir, name, wanted.xattrs)
  if (wanted.type !== 'symlink') ops.setMode(dir, name, wanted.mode)
  ops.setTimes(dir, name, wanted.atimeNs, wanted.mtimeNs)
}

/** What {@link setAttributes} would have to be given to put things back. */
export function attributesOf(ops: FileOps, dir: Fd, name: ByteString, stat: EntryStat): Attributes {
  const { type, mode, uid, gid, atimeNs, mtimeNs } = stat
  return { type, mode, uid, gid, atimeNs, mtimeNs, xattrs: carriedXattrs(ops.getXattrs(dir, name)) }
}

const aclNames = ['system.posix_acl_access', 'system.posix_acl_default']

function setXattrs(ops: FileOps, dir: Fd, name: ByteString, wanted: Xattrs): void {
  const now = carriedXattrs(ops.getXattrs(dir, name))
  for (const key of now.keys()) if (!wanted.has(key)) ops.removeXattr(dir, name, key)
  for (const [key, value] of carriedXattrs(wanted)) {
    const has = now.get(key)
    if (has === undefined || Buffer.compare(has, value) !== 0) ops.setXattr(dir, name, key, value)
  }
}

/**
 * Attributes that belong to the content. Labels of a security module (`security.selinux`) belong to the place and its
 * policy, and `trusted.overlay.*`, `user.overlay.*` to overlayfs: neither is ever written to the real tree.
 */
function carriedXattrs(xattrs: Xattrs): Xattrs {
  const carried = [...xattrs].filter(([key]) => {
    if (key.startsWith('security.')) return key === 'security.capability'
    if (key.startsWith('system.')) return aclNames.includes(key)
    return !key.startsWith('trusted.overlay.') && !key.startsWith('user.overlay.')
  })
  return carried.length === xattrs.size ? xattrs : new Map(carried)
}
