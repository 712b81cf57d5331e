import type { EntryStat } from '../os/entry-stat.js'
import { aspectSet } from './aspects.js'
import type { Change, ChangeKind, WantedEntry } from './change.js'
import { kindOf } from './kind-of.js'
import type { LayerEntry } from './layer-entry.js'
import type { Place } from './scan.js'
import type { Shown } from './view.js'

/** No base makes a creation; otherwise the aspects, as `aspectBits`, say what kind of change it is, if any. */
export function changeFor(
  place: Place,
  shown: Shown,
  base: LayerEntry | undefined,
  bits: number,
  implied: boolean,
): Change | undefined {
  const aspects = aspectSet(bits)
  const kind = base === undefined ? creationKind(place, shown, implied) : kindOf(aspects)
  if (kind === undefined) return undefined
  return {
    kind,
    path: place.path,
    from: shown.lowerPath === place.path ? undefined : shown.lowerPath,
    wanted: wantedEntry(shown),
    base: base?.stat,
    baseXattrs: base?.xattrs(),
    aspects,
    upper: shown.witness,
    origin: shown.origin,
    implied,
    overMask: overMask(place, kind),
  }
}

export function deletion(place: Place, base: EntryStat, witness: Change['upper']): Change {
  return {
    kind: 'delete',
    path: place.path,
    from: undefined,
    wanted: undefined,
    base,
    aspects: aspectSet(0),
    upper: witness,
    origin: 'none',
    implied: false,
    overMask: overMask(place, 'delete'),
  }
}

function creationKind(place: Place, shown: Shown, implied: boolean): ChangeKind {
  const moved = shown.lowerPath !== undefined && shown.lowerPath !== place.path
  if (!moved || implied) return 'create'
  return shown.backing === 'upper' && shown.stat.type === 'file' && shown.content?.layer === 'upper'
    ? 'create'
    : 'rename'
}

function overMask(place: Place, kind: ChangeKind): boolean {
  if (place.level.overMask || place.mask === undefined) return place.level.overMask
  return place.mask.masked || kind === 'delete' || kind === 'type'
}

function wantedEntry(shown: Shown): WantedEntry {
  const { stat } = shown
  return {
    type: stat.type,
    mode: stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    size: shown.size,
    atimeNs: stat.atimeNs,
    mtimeNs: stat.mtimeNs,
    rdevMajor: stat.rdevMajor,
    rdevMinor: stat.rdevMinor,
    xattrs: shown.xattrs,
    target: shown.target,
    content: shown.content,
    linkGroup: undefined,
  }
}
