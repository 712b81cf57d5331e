import type { Ports } from '../os/ports.js'
import { bytesFromText } from '../paths/bytes.js'
import { withDirIfAny } from './open-dirs.js'
import type { Session } from './session.js'

/**
 * Whether a commit closed the session: its upper went into the project, and is with the undo data for as long as that is kept. A commit that
 * was cut short comes first, as its journal may hold the upper; and only layers beside the record are ever moved, so that those which lie
 * elsewhere are out of reach rather than gone.
 */
export function isClosed({ ops }: Ports, { dir, layers }: Session): boolean {
  if (dir !== layers) return false
  // An undo makes the journal, brings the upper back, and removes the journal: in this order none is missed.
  const hasNeither = withDirIfAny(ops, dir, (fd) =>
    ['journal', 'upper'].every((name) => ops.stat(fd, bytesFromText(name)) === undefined),
  )
  return hasNeither ?? false
}
