import type { PackFile } from './base-pack-file.js'
import {
  type Checksum,
  type PackEntries,
  type PackKey,
  type ParsedPack,
  packHeader,
  packKey,
} from './base-pack-format.js'
import type { Ledger } from './ledger.js'
import { createPackSegment } from './pack-segment.js'

/**
 * Writes a pack anew without the content that no `base` of the ledger names any more, if that halves what may be in it.
 * @param limit of the pack, in bytes
 */
export function shrinkPack(
  file: PackFile,
  { entries }: ParsedPack,
  ledger: Ledger,
  limit: number,
  checksum: Checksum,
): ParsedPack | undefined {
  const live = liveContent(entries, ledger)
  if (live.reduce((sum, { size }) => sum + size, 0) > limit / 2) return undefined
  const parts: Uint8Array[] = [packHeader]
  const kept: PackEntries = new Map()
  let length = packHeader.length
  for (const { key, place, size } of live) {
    const content = typeof place === 'number' ? file.read(place, size) : undefined
    if (content === undefined && place !== 'left-out') continue
    const segment = createPackSegment(size)
    if (content === undefined) segment.leaveOut(key)
    else segment.add(key, content)
    const [head, data] = segment.parts(checksum)
    parts.push(head, data)
    segment.place(length + head.length, kept)
    length += head.length + data.length
  }
  file.replace(parts)
  return { entries: kept, validLength: length }
}

interface Live {
  readonly key: PackKey
  readonly place: number | 'left-out'
  readonly size: number
}

function liveContent(entries: PackEntries, ledger: Ledger): Live[] {
  const live = new Map<PackKey, Live>()
  for (const fact of ledger.facts()) {
    const known = 'base' in fact ? fact.base : typeof fact.settled === 'object' ? fact.settled.merged : undefined
    if (known === undefined || known === 'absent' || known.hash === undefined) continue
    const { hash, size } = known
    const key = packKey(hash, size)
    const place = entries.get(key)
    if (place !== undefined) live.set(key, { key, place, size: place === 'left-out' ? 0 : size })
  }
  return [...live.values()]
}
