import type { EntryStat } from '../os/entry-stat.js'
import type { Xattrs } from '../os/file-ops.js'
import type { MarkFamily } from '../overlay-format/mark-names.js'
import { splitXattrs } from '../overlay-format/plain-xattrs.js'
import { aspectBits } from './aspects.js'
import type { LayerEntry } from './layer-entry.js'
import type { Place, Scan } from './scan.js'
import type { Shown } from './view.js'

/** Mode, owner, attributes and times, as {@link aspectBits}; atime is nobody's change. Both entries have the same type. */
export function differentAttributes(
  shown: Pick<Shown, 'stat' | 'xattrs'>,
  base: LayerEntry,
  family: MarkFamily,
): number {
  const { stat } = shown
  let aspects = 0
  if (stat.mode !== base.stat.mode && stat.type !== 'symlink') aspects |= aspectBits.mode
  if (stat.uid !== base.stat.uid || stat.gid !== base.stat.gid) aspects |= aspectBits.owner
  if (!sameXattrs(shown.xattrs, splitXattrs(base.xattrs(), family).plain)) aspects |= aspectBits.xattrs
  if (stat.mtimeNs !== base.stat.mtimeNs) aspects |= aspectBits.times
  return aspects
}

/**
 * Whether a shown entry has another content, target or device than the project's entry of the same type at the same path; `undefined`
 * when only reading both files can tell.
 */
export function hasOtherContent(scan: Scan, place: Place, shown: Shown, base: LayerEntry): boolean | undefined {
  if (shown.stat.type === 'symlink') return shown.target !== base.target()
  if (shown.stat.type === 'char' || shown.stat.type === 'block') return !sameDevice(shown.stat, base.stat)
  const source = shown.content
  if (source === undefined || (source.layer === 'base' && source.path === place.path)) return false
  if (shown.size !== base.stat.size) return true
  const isKnown = shown.size === 0 || scan.input.knownEqual?.(place.path, shown.stat, base.stat) === true
  return isKnown ? false : undefined
}

function sameDevice(one: EntryStat, other: EntryStat): boolean {
  return one.rdevMajor === other.rdevMajor && one.rdevMinor === other.rdevMinor
}

function sameXattrs(one: Xattrs, other: Xattrs): boolean {
  if (one.size !== other.size) return false
  for (const [name, value] of one) {
    const theirs = other.get(name)
    if (theirs === undefined || Buffer.compare(value, theirs) !== 0) return false
  }
  return true
}
