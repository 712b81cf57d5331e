import { aspectBits } from './aspects.js'
import { differentAttributes, hasOtherContent } from './compare.js'
import type { PooledDir } from './dir-pool.js'
import { changeFor, deletion } from './draft.js'
import type { LayerEntry } from './layer-entry.js'
import type { Row } from './level-rows.js'
import { groupOf } from './link-groups.js'
import { ownedAsProject } from './project-owner.js'
import type { Level, Place, Scan, Slot } from './scan.js'
import { type Shown, viewOf } from './view.js'

const lostDirectory = 'not shown, but not deleted: the project has moved the directory that the session renamed'

/**
 * Decides about one name: what merged shows there (upper over lower) against what the project holds at the same path
 * (base). Adds the change to the level's segment; returns the level below when it is a directory to be walked.
 */
export function scanPlace(scan: Scan, place: Place, { upper, lower, base }: Row): Level | undefined {
  const view = viewOf(scan, place, upper, lower)
  if (view.kind === 'unreadable') {
    scan.ignored.push({ path: place.path, reason: view.reason })
    return undefined
  }
  if (view.kind === 'absent') {
    // Hidden is not deleted: neither the mask itself nor a directory that covers it says so.
    if (base === undefined || place.mask?.masked === true) return undefined
    if (upper === undefined && place.level.lost) scan.ignored.push({ path: place.path, reason: lostDirectory })
    else addSlot(place, { change: deletion(place, base.stat, view.witness) })
    return undefined
  }
  return scanShown(scan, place, view, lower, base)
}

function scanShown(
  scan: Scan,
  place: Place,
  view: Shown,
  lower: LayerEntry | undefined,
  base: LayerEntry | undefined,
): Level | undefined {
  const shown = ownedAsProject(scan, view, base?.stat)
  const implied = base === undefined && isImplied(scan, place, shown, lower)
  const slot: Slot = { change: undefined }
  addSlot(place, slot)
  if (base === undefined) slot.change = changeFor(place, shown, undefined, 0, implied)
  else compareWith(scan, place, shown, base, slot)
  if (shown.redirected) scan.redirects.push(place.path)
  if (shown.stat.type === 'dir') return levelBelow(scan, place, shown, base, slot)
  if (shown.stat.nlink > 1 || (base !== undefined && base.stat.nlink > 1)) {
    scan.members.push({
      slot,
      group: groupOf(shown.backing, shown.stat),
      nlink: shown.stat.nlink,
      base: base?.stat,
      relinked: () => changeFor(place, shown, base, aspectBits.links, implied),
    })
  }
  return undefined
}

/** Fills the slot, or has it filled before the scan ends when the content of both files must be read. */
function compareWith(scan: Scan, place: Place, shown: Shown, base: LayerEntry, slot: Slot): void {
  if (shown.stat.type !== base.stat.type) {
    slot.change = changeFor(place, shown, base, aspectBits.type, false)
    return
  }
  const aspects = differentAttributes(shown, base, scan.input.family)
  const answer = (same: boolean): void => {
    slot.change = changeFor(place, shown, base, same ? aspects : aspects | aspectBits.content, false)
    if (slot.change === undefined && shown.stat.type === 'file') {
      scan.unchanged.push({ path: place.path, base: base.stat, baseXattrs: base.xattrs() })
    }
  }
  const hasOther = hasOtherContent(scan, place, shown, base)
  if (hasOther !== undefined || shown.content === undefined) {
    answer(hasOther !== true)
    return
  }
  const { layer, path } = shown.content
  scan.questions.ask({
    layer: layer === 'upper' ? 'upper' : 'base',
    path,
    other: place.path,
    size: shown.size,
    answer,
  })
}

/** Below a renamed directory: an entry of the project's that only moved along, or a directory copied up for what is in it. */
function isImplied(scan: Scan, place: Place, shown: Shown, lower: LayerEntry | undefined): boolean {
  if (!place.level.belowRename || shown.redirected) return false
  if (shown.backing === 'base') return true
  if (shown.stat.type !== 'dir' || lower?.stat.type !== 'dir' || shown.lowerPath === undefined) return false
  return (differentAttributes(shown, lower, scan.input.family) & ~aspectBits.times) === 0
}

function levelBelow(scan: Scan, place: Place, shown: Shown, base: LayerEntry | undefined, slot: Slot): Level {
  const { level, name } = place
  const below = (dir: PooledDir | undefined): PooledDir | undefined =>
    dir === undefined ? undefined : scan.pool.child(dir, name, place.path)
  const baseDir = base?.stat.type === 'dir' ? below(level.base) : undefined
  if (baseDir !== undefined && base !== undefined) scan.directories.set(place.path, base)
  const segment = { items: [] }
  level.segment.items.push(segment)
  return {
    path: place.path,
    upper: shown.backing === 'upper' ? below(level.upper) : undefined,
    opaque: shown.opaque,
    lower: lowerBelow(scan, place, shown, baseDir),
    base: baseDir,
    witness: shown.witness,
    masks: place.mask,
    overMask: level.overMask || place.mask?.masked === true,
    lost: shown.opaque !== 'y' && (shown.redirected ? shown.lowerPath === undefined : level.lost),
    belowRename: level.belowRename || slot.change?.kind === 'rename',
    segment,
  }
}

function lowerBelow(scan: Scan, place: Place, shown: Shown, baseDir: PooledDir | undefined): PooledDir | undefined {
  const { lowerPath, redirected } = shown
  if (lowerPath === undefined) return undefined
  if (lowerPath === place.path && baseDir !== undefined) return baseDir
  const { lower } = place.level
  return redirected || lower === undefined
    ? scan.pool.at(scan.lowerRoot, lowerPath)
    : scan.pool.child(lower, place.name, lowerPath)
}

function addSlot(place: Place, slot: Slot): void {
  place.level.segment.items.push(slot)
}
