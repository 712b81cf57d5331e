import type { EntryStat } from '../os/entry-stat.js'
import type { Scan } from './scan.js'
import type { Shown } from './view.js'

/**
 * A user's session cannot own a directory to anybody else, not even the ones that were made for it when it began (the
 * root, the parents of hidden paths), so whose a directory is remains the project's.
 */
export function ownedAsProject(scan: Scan, shown: Shown, base: EntryStat | undefined): Shown {
  if (scan.input.family !== 'user' || shown.stat.type !== 'dir' || base?.type !== 'dir') return shown
  const { uid, gid } = base
  return { ...shown, stat: { ...shown.stat, uid, gid } }
}
