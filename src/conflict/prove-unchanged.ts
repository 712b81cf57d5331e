import type { Change } from '../changeset/change.js'
import { type Fingerprint, isAlike, isSameInstant } from '../fingerprint/fingerprint.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import type { Evidence } from './evidence.js'
import { readAttributes } from './project-attributes.js'
import { isSameHandle } from './same-handle.js'
import type { AncestorCheck } from './stable-ancestors.js'

/**
 * What shows that the project's entry is the one that the session built upon: `ctime` (rule 1), `origin` (rule 2),
 * `hash` (rule 3), or `instant`: inode and ctime are those of the ledger, so nothing happened to it since.
 */
export type Proof = 'instant' | 'ctime' | 'origin' | 'hash'

/** The rules in their order, cheapest first; `undefined` when none proves it. `change` is absent for an entry below a deleted directory. */
export function proveUnchanged(
  evidence: Evidence,
  ancestors: AncestorCheck | undefined,
  path: RelPath,
  stat: EntryStat,
  change: Change | undefined,
): Proof | undefined {
  const known = evidence.ledger.base(path)
  const seen = known === 'absent' ? undefined : known
  if (seen !== undefined && isSameInstant(seen, stat)) return 'instant'
  if (isOlderThanSession(evidence, ancestors, path, stat)) return 'ctime'
  if (change !== undefined && isOriginOf(evidence, path, stat, change)) return 'origin'
  if (seen === undefined || !hasSameContent(evidence, path, stat, seen)) return undefined
  return hasSameAttributes(evidence, path, seen, change) ? 'hash' : undefined
}

/** Rule 1. An equal tick counts as changed. */
function isOlderThanSession(
  evidence: Evidence,
  ancestors: AncestorCheck | undefined,
  path: RelPath,
  stat: EntryStat,
): boolean {
  const { epochNs } = evidence
  return epochNs !== undefined && ancestors !== undefined && stat.ctimeNs < epochNs && ancestors(path)
}

/** Rule 2. */
function isOriginOf(evidence: Evidence, path: RelPath, stat: EntryStat, change: Change): boolean {
  const { origin, upper } = change
  if (!evidence.birthsCompare || evidence.epochNs === undefined) return false
  if (typeof origin === 'string' || upper.btimeNs === undefined || stat.ctimeNs >= upper.btimeNs) return false
  const handle = evidence.base.at(path, (dir, name) => evidence.ops.fileHandle(dir, name))
  return handle !== undefined && isSameHandle(origin, handle)
}

/** Rule 3. */
function hasSameContent(evidence: Evidence, path: RelPath, stat: EntryStat, seen: Fingerprint): boolean {
  if (!isAlike(seen, stat)) return false
  const { ops, base, hasher, signal } = evidence
  if (stat.type === 'symlink') return base.at(path, (dir, name) => ops.readLink(dir, name)) === seen.target
  if (stat.type !== 'file') return true
  const { hash } = seen
  return hash !== undefined && base.at(path, (dir, name) => hasher.hasHash(dir, name, stat.size, hash, signal))
}

/** Where a commit would write the attributes that the project has now, none can be lost. Where they were not noted, none may be there. */
function hasSameAttributes(evidence: Evidence, path: RelPath, seen: Fingerprint, change: Change | undefined): boolean {
  if (change?.wanted?.type === seen.type && !change.aspects.has('xattrs')) return true
  return readAttributes(evidence, path) === (seen.attributes ?? '')
}
