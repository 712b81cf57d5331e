import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isWhiteoutDevice } from '../overlay-format/whiteout.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { overlayDirName } from '../paths/overlay-dir.js'
import { quoteName } from '../paths/quote-name.js'
import { joinAbs, relPath } from '../paths/rel-path.js'
import { isClosed, keepingTimes, type LayerPair, makeParents, openedMode, openLayers } from './upper-parents.js'

/** The mask that every session has: without it merged would show the sessions' own layers, and walking into them gives ELOOP. */
export const overlayMask: RelPath = relPath(overlayDirName)

export interface MaskRequest {
  readonly project: AbsPath
  /** Directory that holds `upper/`. */
  readonly layers: AbsPath
  /** Paths of the project to hide, outermost ones; `.openagentic` need not be named. */
  readonly hidden: readonly RelPath[]
}

/**
 * Places a whiteout in the upper for `.openagentic` and for each hidden path, before the mount. Directories that
 * this needs look as the project's own; no time stamp that merged shows moves. A path that the session has made
 * something of its own at is left alone: the session never saw the project's.
 *
 * Returns the paths that are masked now.
 * @throws OverlayError `SESSION_CORRUPT` when something lies where the mask of `.openagentic` belongs
 */
export function placeMasks(ops: FileOps, request: MaskRequest): RelPath[] {
  const holder = ops.openRoot(request.layers)
  const lower = ops.openRoot(request.project)
  try {
    const upper = ops.openDir(holder, relPath('upper'))
    const layers = openLayers(ops, lower, upper)
    try {
      return keepingRoot(ops, holder, upper, () => {
        placeOverlayMask(layers, request)
        return [overlayMask, ...request.hidden.filter((path) => placeMask(layers, path))]
      })
    } finally {
      layers.lower.close()
      layers.upper.close()
      ops.close(upper)
    }
  } finally {
    ops.close(lower)
    ops.close(holder)
  }
}

/** What `keepingTimes` does for directories below the upper. `holder` is the directory that holds it. */
function keepingRoot<T>(ops: FileOps, holder: Fd, upper: Fd, change: () => T): T {
  const name = bytesFromText('upper')
  const before = ops.statFd(upper)
  if (isClosed(before)) ops.setMode(holder, name, openedMode(before))
  try {
    return change()
  } finally {
    if (isClosed(before)) ops.setMode(holder, name, before.mode)
    ops.setTimes(holder, name, before.atimeNs, before.mtimeNs)
  }
}

function placeOverlayMask(layers: LayerPair, request: MaskRequest): void {
  if (placeMask(layers, overlayMask)) return
  const path = quoteName(joinAbs(joinAbs(request.layers, 'upper'), overlayMask))
  throw new OverlayError('SESSION_CORRUPT', `Expected a whiteout at ${path}, found something else`, {
    path,
    hint: 'Something other than the mount wrote into the upper layer: move it away by hand.',
  })
}

function placeMask(layers: LayerPair, path: RelPath): boolean {
  if (!makeParents(layers, path)) return false
  const there = layers.upper.stat(path)
  if (there !== undefined) return isWhiteoutDevice(there)
  keepingTimes(layers, path, (dir, name) => layers.ops.mknod(dir, name, 'char', 0, 0, 0))
  return true
}
