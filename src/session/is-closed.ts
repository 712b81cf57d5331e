import type { Ports } from '../os/ports.js'
import { withDirIfAny } from './open-dirs.js'
import type { Session } from './session.js'

/** Whether a commit closed the session: its upper went into the project, and is with the undo data for as long as that is kept. */
export function isClosed({ ops }: Ports, { upper }: Session): boolean {
  return withDirIfAny(ops, upper, () => true) === undefined
}
