import type { Fd, FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { removeTree } from '../os/remove-tree.js'
import type { AbsPath, ByteString, RelPath } from '../paths/byte-string.js'
import { absPath, joinAbs } from '../paths/rel-path.js'
import { draftPrefix, removedPrefix } from './draft.js'
import type { SessionScope } from './find-session.js'
import { readLayersOwner } from './layers-owner.js'
import { unlessGone, withDirIfAny, withDirIfOurs } from './open-dirs.js'
import { homeInProject, homeInState } from './session-home.js'
import { tidyProjectHome, tidyStateHome } from './tidy-home.js'

/** Only what is older: layers that lie apart from their record are not locked while they are made. Nanoseconds. */
const leastAgeNs = 600_000_000_000n

/**
 * Removes what a crash in the middle of a creation or a removal left behind. Returns how many directories.
 * @throws OverlayError `MOUNT_BELOW`
 */
export function sweepLeftovers(ports: Ports, scope: SessionScope): number {
  const { ops, machine } = ports
  const before = machine.realtimeNs() - leastAgeNs
  let removed = 0
  const { project, stateRoot } = scope
  const inState = stateRoot === undefined ? [] : [homeInState(stateRoot, project)]
  for (const home of [homeInProject(project), ...inState]) {
    withDirIfOurs(ops, home.dir, (dir) => {
      for (const { name, stat } of ops.scanDir(dir)) {
        if (stat.type !== 'dir' || stat.ctimeNs > before) continue
        if (!isLeftover(name) && !isOrphan(ops, home.dir, name)) continue
        if (removeUnlocked(ops, dir, name)) removed += 1
      }
    })
  }
  if (removed > 0) {
    tidyProjectHome(ops, project)
    if (stateRoot !== undefined) tidyStateHome(ops, stateRoot, project)
  }
  return removed
}

function isLeftover(name: ByteString): boolean {
  return name.startsWith(draftPrefix) || name.startsWith(removedPrefix)
}

/** Layers that lie apart from their session's record, which is gone. */
function isOrphan(ops: FileOps, home: AbsPath, name: ByteString): boolean {
  const sessions = readLayersOwner(ops, joinAbs(home, name))
  return sessions !== undefined && withDirIfAny(ops, joinAbs(absPath(sessions), name), () => true) === undefined
}

/** Whoever is still at work on it holds its lock. */
function removeUnlocked(ops: FileOps, dir: Fd, name: ByteString): boolean {
  const fd = unlessGone(() => ops.openDir(dir, name as string as RelPath))
  if (fd === undefined) return false
  try {
    if (!ops.flock(fd, 'exclusive')) return false
    removeTree(ops, dir, name)
    return true
  } finally {
    ops.close(fd)
  }
}
