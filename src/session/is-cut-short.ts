import type { Ports } from '../os/ports.js'
import { bytesFromText } from '../paths/bytes.js'
import { withDir } from './open-dirs.js'
import type { Session } from './session.js'

/** Whether a commit is at work on the session, or was cut short: whoever gets the commit lock knows which. Costs one look. */
export function isCutShort({ ops }: Ports, session: Session): boolean {
  return withDir(ops, session.dir, (dir) => ops.stat(dir, bytesFromText('journal')) !== undefined)
}
