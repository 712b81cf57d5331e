import { decodeMarks } from '../overlay-format/marks.js'
import { splitXattrs } from '../overlay-format/plain-xattrs.js'
import type { ByteString } from '../paths/byte-string.js'
import { rootPath } from '../paths/rel-path.js'
import { aspectBits } from './aspects.js'
import type { Change } from './change.js'
import { differentAttributes } from './compare.js'
import { changeFor } from './draft.js'
import { type LayerEntry, probe } from './layer-entry.js'
import { maskTree } from './masks.js'
import { ownedAsProject } from './project-owner.js'
import type { Level, Scan } from './scan.js'
import { identityOf, type Shown } from './view.js'

/**
 * The level that a walk begins with. The two roots are always merged, whatever marks the upper one carries. Mode, owner
 * and attributes of the root may be a change; its times are none, as they move with whatever the session puts beside
 * the project's entries (the mask of `.openagentic` at least).
 */
export function rootLevel(scan: Scan): Level {
  const { input, pool, lowerRoot } = scan
  const upper = rootEntry(scan, input.upper)
  const level: Level = {
    path: rootPath,
    upper: pool.root(input.upper),
    opaque: decodeMarks(upper.xattrs(), input.family).opaque,
    lower: lowerRoot,
    base: lowerRoot,
    witness: identityOf(upper.stat),
    masks: maskTree(input.masks),
    overMask: false,
    lost: false,
    belowRename: false,
    segment: { items: [] },
  }
  level.segment.items.push({ change: rootChange(scan, level, upper) })
  return level
}

function rootChange(scan: Scan, level: Level, upper: LayerEntry): Change | undefined {
  const { family, lower } = scan.input
  const base = rootEntry(scan, lower)
  const shown = ownedAsProject(scan, shownRoot(level, upper, splitXattrs(upper.xattrs(), family).plain), base.stat)
  const aspects = differentAttributes(shown, base, family) & ~aspectBits.times
  const place = { level, name: '' as ByteString, path: rootPath, mask: undefined }
  return changeFor(place, shown, base, aspects, false)
}

function shownRoot(level: Level, upper: LayerEntry, xattrs: Shown['xattrs']): Shown {
  return {
    kind: 'shown',
    stat: upper.stat,
    size: 0,
    xattrs,
    target: undefined,
    content: undefined,
    backing: 'upper',
    lowerPath: rootPath,
    redirected: false,
    opaque: level.opaque,
    witness: level.witness,
    origin: 'none',
  }
}

function rootEntry(scan: Scan, dir: number): LayerEntry {
  const { ops } = scan.input
  const entry = probe(ops, dir, '.' as ByteString)
  return entry ?? { stat: ops.statFd(dir), xattrs: () => new Map(), target: () => undefined }
}
