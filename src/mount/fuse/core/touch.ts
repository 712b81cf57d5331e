import type { StatRow } from '../../../os/stat-row.js'
import type { ByteString, RelPath } from '../../../paths/byte-string.js'
import { type Source, sourceOf } from './copy-source.js'
import type { Core } from './core.js'
import { fileType, type LowerDir, type Node } from './node.js'
import type { BaseFacts } from './overlay-fs.js'

/** Milliseconds since 1970, for {@link BaseFacts.lookedAt}. */
export function lookingAt(): number {
  return Date.now()
}

/** What changed so shortly before it was looked at may change once more without another time stamp: those are coarse. */
const coarseMs = 20

/** Whether a later change of what was looked at then shows in its ctime. */
export function isSettledAt(ctimeMs: number, lookedAt: number): boolean {
  return ctimeMs + coarseMs < lookedAt
}

/** Notes what a file of a lower is like as somebody opens it; `row` was asked for after `lookedAt`. */
export function noteSeen(node: Node, row: StatRow, lookedAt: number): void {
  const ctime = row.time(2)
  node.seenCtimeNs = isSettledAt(ctime * 1000 + row.nanoseconds / 1e6, lookedAt) ? row.nanoseconds : -1
  node.seenCtime = ctime
}

function wasSeen(node: Node, row: StatRow): boolean {
  return node.seenCtime === row.time(2) && node.seenCtimeNs === row.nanoseconds && node.seenSize === row.size
}

/** Tells of what the upper has a copy of. `row`: the entry as it was before. */
export function tellCopied(
  { options }: Core,
  source: Source,
  row: StatRow,
  lookedAt: number,
  part: BaseFacts['part'],
): void {
  const { dir, name, above } = source
  options.onTouch?.({
    layer: above.layer,
    path: pathBelow(above, name),
    ...{ dir, name, lookedAt, part },
    stat: row.decode(),
  })
}

/** {@link tellCopied} of a file whose content nobody keeps: only if somebody has opened it as it was. */
export function tellCut(core: Core, node: Node, source: Source, row: StatRow, lookedAt: number): void {
  if (wasSeen(node, row)) tellCopied(core, source, row, lookedAt, node.upper ? 'content' : 'all')
}

/** The same, before a file of a lower is hidden. */
export function tellHidden(core: Core, node: Node): void {
  if (core.options.onTouch === undefined || node.upper || node.type !== fileType || node.seenCtimeNs < 0) return
  const source = sourceOf(core, node)
  if (typeof source === 'number') return
  const lookedAt = lookingAt()
  if (core.ops.stat(source.dir, source.name, core.other) === 0) tellCut(core, node, source, core.other, lookedAt)
}

function pathBelow(above: LowerDir, name: ByteString): RelPath {
  const names = [name]
  for (let dir = above; dir.parent !== undefined; dir = dir.parent) names.push(dir.name)
  return names.reverse().join('/') as RelPath
}
