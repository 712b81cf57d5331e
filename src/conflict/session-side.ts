import type { Change, WantedEntry } from '../changeset/change.js'
import { isAlike } from '../fingerprint/fingerprint.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import type { Evidence } from './evidence.js'

/**
 * The session's entry is what the ledger says the project's was: it was copied up and never really changed, so the
 * difference is the person's work and nothing of the session's.
 */
export function isUntouchedBySession(evidence: Evidence, change: Change): boolean {
  const known = evidence.ledger.base(change.path)
  const { wanted } = change
  if (wanted === undefined || known === undefined || known === 'absent') return false
  if (change.aspects.has('xattrs') || change.aspects.has('links')) return false
  if (!isAlike(known, wanted)) return false
  if (wanted.type === 'symlink') return wanted.target === known.target
  if (wanted.type !== 'file') return wanted.type === 'dir'
  return known.hash !== undefined && hashOfWanted(evidence, wanted) === known.hash
}

function hashOfWanted(evidence: Evidence, wanted: WantedEntry): string | undefined {
  const { content } = wanted
  if (content === undefined) return undefined
  const cache = content.layer === 'upper' ? evidence.upper : evidence.base
  return evidence.hasher.hashFile(cache.dir(parentOf(content.path)), nameOf(content.path), wanted.size, evidence.signal)
}
