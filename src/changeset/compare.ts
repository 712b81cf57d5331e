import type { EntryStat } from '../os/entry-stat.js'
import type { Xattrs } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { MarkFamily } from '../overlay-format/mark-names.js'
import { splitXattrs } from '../overlay-format/plain-xattrs.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import type { Aspect } from './change.js'
import type { LayerEntry } from './layer-entry.js'
import { sameContent } from './same-content.js'
import type { Place, Scan } from './scan.js'
import type { Shown } from './view.js'

/** In what a shown entry differs from the project's entry at the same path. */
export async function differences(scan: Scan, place: Place, shown: Shown, base: LayerEntry): Promise<Set<Aspect>> {
  if (shown.stat.type !== base.stat.type) return new Set(['type'])
  const aspects = differentAttributes(shown, base, scan.input.family)
  if (await differentContent(scan, place, shown, base)) aspects.add('content')
  return aspects
}

/** Mode, owner, attributes and times; atime is nobody's change. Both entries have the same type. */
export function differentAttributes(
  shown: Pick<Shown, 'stat' | 'xattrs'>,
  base: LayerEntry,
  family: MarkFamily,
): Set<Aspect> {
  const { stat } = shown
  const aspects = new Set<Aspect>()
  if (stat.mode !== base.stat.mode && stat.type !== 'symlink') aspects.add('mode')
  if (stat.uid !== base.stat.uid || stat.gid !== base.stat.gid) aspects.add('owner')
  if (!sameXattrs(shown.xattrs, splitXattrs(base.xattrs(), family).plain)) aspects.add('xattrs')
  if (stat.mtimeNs !== base.stat.mtimeNs) aspects.add('times')
  return aspects
}

async function differentContent(scan: Scan, place: Place, shown: Shown, base: LayerEntry): Promise<boolean> {
  if (shown.stat.type === 'symlink') return shown.target !== base.target()
  if (shown.stat.type === 'char' || shown.stat.type === 'block') return !sameDevice(shown.stat, base.stat)
  const source = shown.content
  if (source === undefined || (source.layer === 'base' && source.path === place.path)) return false
  if (shown.size !== base.stat.size) return true
  if (shown.size === 0 || scan.input.knownEqual?.(place.path, shown.stat, base.stat) === true) return false
  try {
    return !(await sameAsBase(scan, place, shown))
  } catch (error) {
    // What may not be read, or has something mounted on it, cannot be said to be the same.
    if (isErrno(error, 'EACCES') || isErrno(error, 'EXDEV')) return true
    throw error
  }
}

async function sameAsBase(scan: Scan, place: Place, shown: Shown): Promise<boolean> {
  const { ops } = scan.input
  const { base, upper } = place.fds
  if (base === undefined) return false
  const own = { dir: base, name: place.name }
  if (shown.content?.layer === 'upper') {
    return upper !== undefined && sameContent(ops, scan.pace, { dir: upper, name: place.name }, own, shown.size)
  }
  return sameAsMoved(scan, shown, own)
}

async function sameAsMoved(scan: Scan, shown: Shown, own: { dir: number; name: Place['name'] }): Promise<boolean> {
  const { ops, lower } = scan.input
  const path = shown.content?.path
  if (path === undefined) return false
  const dir = ops.openDir(lower, parentOf(path))
  try {
    return await sameContent(ops, scan.pace, { dir, name: nameOf(path) }, own, shown.size)
  } finally {
    ops.close(dir)
  }
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
