import type { Change, WantedEntry } from '../changeset/change.js'
import { isAlike } from '../fingerprint/fingerprint.js'
import type { Evidence } from './evidence.js'
import { digestCarried } from './project-attributes.js'

/**
 * The session's entry is what the ledger says the project's was: it was copied up and never really changed, so the
 * difference is the person's work and nothing of the session's.
 */
export function isUntouchedBySession(evidence: Evidence, change: Change): boolean {
  const known = evidence.ledger.base(change.path)
  const { wanted } = change
  if (wanted === undefined || known === undefined || known === 'absent') return false
  if (hasOtherLinks(change) || !isAlike(known, wanted)) return false
  const asInProject = change.base !== undefined && !change.aspects.has('xattrs')
  if (!asInProject && digestCarried(evidence, wanted.xattrs) !== (known.attributes ?? '')) return false
  if (wanted.type === 'symlink') return wanted.target === known.target
  if (wanted.type !== 'file') return wanted.type === 'dir'
  return known.hash !== undefined && wantsContent(evidence, wanted, known.hash)
}

/** Where the project has nothing, its links cannot be compared. */
function hasOtherLinks({ aspects, base, wanted }: Change): boolean {
  return aspects.has('links') || (base === undefined && wanted?.linkGroup !== undefined)
}

function wantsContent(
  { upper, base, hasher, signal }: Evidence,
  { content, size }: WantedEntry,
  hash: string,
): boolean {
  if (content === undefined) return false
  const cache = content.layer === 'upper' ? upper : base
  return cache.at(content.path, (dir, name) => hasher.hasHash(dir, name, size, hash, signal))
}
