import type { Xattrs } from '../os/file-ops.js'
import type { ByteString } from '../paths/byte-string.js'
import { type MarkFamily, markPrefix } from './mark-names.js'

/** The extended attributes of a layer's entry, told apart. */
export interface SplitXattrs {
  /** What a commit writes to the project. */
  readonly plain: Xattrs
  /**
   * Names, as merged shows them, that merged has but no commit writes: everything named `trusted.overlay.*` or
   * `user.overlay.*`. In the project it would be a mark for the next overlay mount above it, in one family or the other.
   */
  readonly withheld: readonly ByteString[]
}

const noXattrs: Xattrs = new Map()
const nothing: SplitXattrs = { plain: noXattrs, withheld: [] }

/**
 * The attributes of an entry as merged shows them. Marks of the session's family vanish; escaped ones
 * (`trusted.overlay.overlay.x`, what a process in the session gets when it sets `trusted.overlay.x`; Linux 6.7) show
 * without the escape; all else, the other family's marks too, shows as it is.
 */
export function mergedXattrs(xattrs: Xattrs, family: MarkFamily): Xattrs {
  const prefix = markPrefix(family)
  let merged: Map<ByteString, Uint8Array> | undefined
  for (const [name, value] of xattrs) {
    const shown = mergedName(name, prefix)
    if (shown === undefined) continue
    merged ??= new Map()
    merged.set(shown, value)
  }
  return merged ?? noXattrs
}

/** Splits {@link mergedXattrs} into what a commit may write and what it must not. */
export function splitXattrs(xattrs: Xattrs, family: MarkFamily): SplitXattrs {
  const merged = mergedXattrs(xattrs, family)
  if (merged.size === 0) return nothing
  return { plain: carriedXattrs(merged), withheld: [...merged.keys()].filter(isOverlayName) }
}

/**
 * The attributes that belong to an entry's content, and that a commit writes: ACLs, `user.*`, `trusted.*`, file capabilities. Labels of a
 * security module (`security.selinux`) belong to the place and its policy, what is named like a mark to overlayfs, and a file system's own form
 * of an ACL to that file system.
 */
export function carriedXattrs(xattrs: Xattrs): Xattrs {
  if (xattrs.size === 0) return xattrs
  const carried = [...xattrs].filter(([name]) => isCarried(name))
  return carried.length === xattrs.size ? xattrs : new Map(carried)
}

function isCarried(name: ByteString): boolean {
  if (name.startsWith('security.')) return name === 'security.capability'
  if (name.startsWith('system.')) return name === 'system.posix_acl_access' || name === 'system.posix_acl_default'
  return !isOverlayName(name) && !rawAcls.has(name)
}

/** How XFS shows an ACL once more, to root: it goes with the ACL, and means nothing elsewhere. */
const rawAcls: ReadonlySet<string> = new Set(['trusted.SGI_ACL_FILE', 'trusted.SGI_ACL_DEFAULT'])

/** Whether some overlay mount would take an attribute of this name for its own. */
function isOverlayName(name: ByteString): boolean {
  return name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.')
}

function mergedName(name: ByteString, prefix: ByteString): ByteString | undefined {
  if (!name.startsWith(prefix)) return name
  const escaped = `${prefix}overlay.`
  return name.startsWith(escaped) ? ((prefix + name.slice(escaped.length)) as ByteString) : undefined
}
