import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import type { Conflict } from './conflict.js'
import type { Evidence } from './evidence.js'

/** Tells whether something is mounted on an entry of the project, or above it: the session sees what lies under it. */
export type MountCheck = (stat: EntryStat) => boolean

export function createMountCheck({ ops, base }: Pick<Evidence, 'ops' | 'base'>): MountCheck {
  const { mountId } = ops.statFd(base.root)
  return (stat) => stat.mountId !== mountId
}

/** `at` is where it is mounted: `path`, which the session changed, or below it. */
export function mountConflict(path: RelPath, at: RelPath): Conflict {
  return { path, at, reason: 'mount', expected: 'nothing mounted here', found: 'a mount point' }
}
