import { OverlayError } from '../errors/overlay-error.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Xattrs } from '../os/file-ops.js'
import { decodeMarks, type Marks } from '../overlay-format/marks.js'
import { decodeOrigin } from '../overlay-format/origin.js'
import { splitXattrs } from '../overlay-format/plain-xattrs.js'
import { resolveRedirect } from '../overlay-format/redirect.js'
import { whiteoutForm } from '../overlay-format/whiteout.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { joinRel } from '../paths/rel-path.js'
import type { Change, ContentSource, UpperIdentity } from './change.js'
import { type LayerEntry, lowerVisibility } from './layer-entry.js'
import { findLower } from './lower-lookup.js'
import type { Place, Scan } from './scan.js'

/** What merged shows at one name. */
export type View = Shown | { readonly kind: 'absent'; readonly witness: UpperIdentity } | Unreadable

/** Merged lists the name, but no call can use it. */
interface Unreadable {
  readonly kind: 'unreadable'
  readonly reason: string
}

export interface Shown {
  readonly kind: 'shown'
  /** Type, mode, owner, times, device numbers. */
  readonly stat: EntryStat
  readonly size: number
  readonly xattrs: Xattrs
  readonly target: ByteString | undefined
  readonly content: ContentSource | undefined
  readonly backing: 'upper' | 'base'
  /** The project's entry that it was made from or is; a directory: the one that it is merged with. */
  readonly lowerPath: RelPath | undefined
  /** It carries a redirect that counts. */
  readonly redirected: boolean
  readonly opaque: Marks['opaque']
  readonly witness: UpperIdentity
  readonly origin: Change['origin']
}

/** `upper` and `lower` are the entries of the two layers that merged looks at for the name. Errors: `UPPER_FORGED`. */
export function viewOf(scan: Scan, place: Place, upper: LayerEntry | undefined, lower: LayerEntry | undefined): View {
  if (upper !== undefined) return upperView(scan, place, upper, lower)
  const visibility = lower === undefined ? 'hidden' : lowerVisibility(lower, scan.input.family)
  if (lower === undefined || visibility === 'hidden') return { kind: 'absent', witness: place.level.witness }
  if (visibility === 'unreadable') return noData
  return lowerView(scan, place, lower)
}

const noData: Unreadable = {
  kind: 'unreadable',
  reason: 'merged cannot read it: the project does not hold its data (EIO)',
}

function lowerView(scan: Scan, place: Place, lower: LayerEntry): Shown {
  const { stat } = lower
  const path = lowerPathOf(place) as RelPath
  return {
    kind: 'shown',
    stat,
    size: stat.size,
    xattrs: splitXattrs(lower.xattrs(), scan.input.family).plain,
    target: lower.target(),
    content: stat.type === 'file' ? { layer: 'base', path } : undefined,
    backing: 'base',
    lowerPath: path,
    redirected: false,
    opaque: undefined,
    witness: place.level.witness,
    origin: 'none',
  }
}

function upperView(scan: Scan, place: Place, upper: LayerEntry, lower: LayerEntry | undefined): View {
  const xattrs = upper.xattrs()
  const marks = decodeMarks(xattrs, scan.input.family)
  const witness = identityOf(upper.stat)
  const whiteout = whiteoutForm(upper.stat, marks, place.level.opaque)
  if (whiteout === 'stray')
    return {
      kind: 'unreadable',
      reason: 'a whiteout attribute where none counts: merged lists the name and cannot open it',
    }
  if (whiteout !== undefined) return { kind: 'absent', witness }
  refuseForged(scan, place, upper.stat, marks)
  const data = dataOf(scan, place, upper.stat, marks, lower)
  if (data === undefined) return noData
  const { plain, withheld } = splitXattrs(xattrs, scan.input.family)
  for (const name of withheld)
    ignore(scan, place, `the attribute ${quoteName(name)} would be an overlay mark in the project`)
  if (marks.protattr !== undefined)
    ignore(scan, place, `the file flags "${quoteName(marks.protattr)}" (immutable, append-only)`)
  return {
    kind: 'shown',
    stat: upper.stat,
    xattrs: plain,
    target: upper.target(),
    backing: 'upper',
    opaque: marks.opaque,
    witness,
    origin: decodeOrigin(marks.origin),
    ...data,
  }
}

type Data = Pick<Shown, 'size' | 'content' | 'lowerPath' | 'redirected'>

/** Where the content of an upper entry lies; `undefined`: nowhere. */
function dataOf(
  scan: Scan,
  place: Place,
  stat: EntryStat,
  marks: Marks,
  lower: LayerEntry | undefined,
): Data | undefined {
  if (stat.type === 'dir') return mergedDirectory(scan, place, marks, lower)
  const lowerPath = lower?.stat.type === stat.type ? lowerPathOf(place) : undefined
  const content = stat.type === 'file' ? ({ layer: 'upper', path: place.path } as const) : undefined
  if (stat.type !== 'file' || marks.metacopy === undefined)
    return { size: stat.size, content, lowerPath, redirected: false }
  if (marks.metacopy === 'broken') return undefined
  const source = redirectTarget(scan, place, marks) ?? { path: lowerPathOf(place), entry: lower, redirected: false }
  if (source.path === undefined) return undefined
  const { path, redirected } = source
  const size =
    'entry' in source ? dataSize(scan, source.entry) : findLower(scan, path, (entry) => dataSize(scan, entry))
  return size === undefined ? undefined : { size, content: { layer: 'base', path }, lowerPath: path, redirected }
}

function mergedDirectory(scan: Scan, place: Place, marks: Marks, lower: LayerEntry | undefined): Data {
  const target = marks.opaque === 'y' ? undefined : redirectTarget(scan, place, marks)
  const found = (path: RelPath): boolean => findLower(scan, path, (entry) => entry?.stat.type === 'dir')
  const own = marks.opaque !== 'y' && lower?.stat.type === 'dir' ? lowerPathOf(place) : undefined
  const path = target === undefined ? own : target.path !== undefined && found(target.path) ? target.path : undefined
  return { size: 0, content: undefined, lowerPath: path, redirected: target !== undefined }
}

/** `undefined`: no redirect mark. A `path` of `undefined`: the mark leads nowhere. */
function redirectTarget(
  scan: Scan,
  place: Place,
  marks: Marks,
): { path: RelPath | undefined; redirected: true } | undefined {
  if (marks.redirect === undefined) return undefined
  const parentLower = place.level.lower?.path
  return {
    path: resolveRedirect(marks.redirect, { at: place.path, parentLower, hidden: scan.hidden }),
    redirected: true,
  }
}

function dataSize(scan: Scan, entry: LayerEntry | undefined): number | undefined {
  if (entry?.stat.type !== 'file' || lowerVisibility(entry, scan.input.family) !== 'shown') return undefined
  return entry.stat.size
}

function lowerPathOf(place: Place): RelPath | undefined {
  const { lower } = place.level
  return lower === undefined ? undefined : joinRel(lower.path, place.name)
}

function refuseForged(scan: Scan, place: Place, stat: EntryStat, marks: Marks): void {
  if (scan.input.redirects === 'followed' || (stat.type !== 'dir' && stat.type !== 'file')) return
  const mark = marks.redirect !== undefined ? 'redirect' : marks.metacopy !== undefined ? 'metacopy' : undefined
  if (mark === undefined) return
  throw new OverlayError(
    'UPPER_FORGED',
    `The ${mark} mark of ${quoteName(place.path)} was forged: this session’s backend writes none`,
    {
      path: quoteName(place.path),
      hint: 'Somebody changed the session’s upper directory by hand. Discard this path from the session, or the session.',
    },
  )
}

function ignore(scan: Scan, place: Place, reason: string): void {
  scan.ignored.push({ path: place.path, reason })
}

export function identityOf(stat: EntryStat): UpperIdentity {
  return { ino: stat.ino, ctimeNs: stat.ctimeNs, size: stat.size, btimeNs: stat.btimeNs }
}
