import type { Change, WantedEntry } from '../changeset/change.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import type { Evidence } from './evidence.js'
import { takenEntries } from './taken-entries.js'

/** Whether a copied-up entry, of which is not said what it was copied from, can be one of the project's that the session moved to it. */
export type LookalikeCheck = (wanted: WantedEntry) => boolean

/**
 * A move keeps type, size, time of content and the content itself. Of entries that agree in all of these, no more can have been moved than
 * were taken from their place: where more claim to be, nothing tells which, so none counts.
 */
export function createLookalikeCheck(evidence: Evidence, changes: readonly Change[]): LookalikeCheck {
  const taken = new Map<string, RelPath[]>()
  for (const [path, stat] of takenEntries(evidence, changes)) push(taken, lookOf(stat), path)
  const claims = new Map<string, WantedEntry[]>()
  for (const { base, wanted, origin } of changes) {
    if (base === undefined && wanted !== undefined && origin === 'unknown') push(claims, lookOf(wanted), wanted)
  }
  const answers = new Map<string, ReadonlySet<string>>()

  return (wanted) => {
    const look = lookOf(wanted)
    const sources = taken.get(look)
    if (sources === undefined) return false
    const moved = answers.get(look) ?? movedContents(evidence, sources, claims.get(look) ?? [])
    answers.set(look, moved)
    return moved.has(wantedContent(evidence, wanted))
  }
}

/** Contents that at least as many entries were taken with as others claim to be. */
function movedContents(
  evidence: Evidence,
  sources: readonly RelPath[],
  claims: readonly WantedEntry[],
): ReadonlySet<string> {
  const left = new Map<string, number>()
  const count = (content: string, by: number): void => void left.set(content, (left.get(content) ?? 0) + by)
  for (const path of sources) count(baseContent(evidence, path), 1)
  const groups = new Set<string>()
  for (const wanted of claims) {
    // Names of one inode were moved as one, or linked afterwards.
    if (wanted.linkGroup !== undefined && groups.has(wanted.linkGroup)) continue
    if (wanted.linkGroup !== undefined) groups.add(wanted.linkGroup)
    count(wantedContent(evidence, wanted), -1)
  }
  return new Set([...left].filter(([, number]) => number >= 0).map(([content]) => content))
}

function lookOf({ type, size, mtimeNs }: Pick<EntryStat, 'type' | 'size' | 'mtimeNs'>): string {
  return `${type}:${type === 'file' ? size : 0}:${mtimeNs}`
}

function baseContent({ ops, base, hasher, signal }: Evidence, path: RelPath): string {
  return base.at(path, (dir, name) => {
    const stat = ops.stat(dir, name)
    if (stat?.type === 'symlink') return ops.readLink(dir, name)
    return stat?.type === 'file' ? hasher.hashFile(dir, name, stat.size, signal) : ''
  })
}

function wantedContent({ upper, base, hasher, signal }: Evidence, { target, content, size }: WantedEntry): string {
  if (content === undefined) return target ?? ''
  const layer = content.layer === 'upper' ? upper : base
  return layer.at(content.path, (dir, name) => hasher.hashFile(dir, name, size, signal))
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else known.push(value)
}
