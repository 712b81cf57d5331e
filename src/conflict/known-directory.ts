import type { EntryStat } from '../os/entry-stat.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { joinRel } from '../paths/rel-path.js'
import type { Evidence } from './evidence.js'
import type { AncestorCheck } from './stable-ancestors.js'

/**
 * Whether the session can have seen a directory that no rule proves: the ledger has it, or it was there when the session began. Its ctime
 * moves with its entries, and each of those is looked at by itself, so all that could be lost with it is its name.
 */
export function isKnownDirectory(
  { ledger, epochNs }: Evidence,
  ancestors: AncestorCheck | undefined,
  path: RelPath,
  { btimeNs }: EntryStat,
): boolean {
  const known = ledger.base(path)
  if (known !== undefined) return known !== 'absent' && known.type === 'dir'
  if (epochNs === undefined || ancestors === undefined || btimeNs === undefined) return false
  // An old one may have been moved here since.
  return btimeNs < epochNs && ancestors(joinRel(path, '.' as ByteString))
}
