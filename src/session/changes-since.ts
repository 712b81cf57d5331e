import type { Change } from '../changeset/change.js'
import { changedSince } from '../changeset/changed-since.js'
import type { Ports } from '../os/ports.js'
import { withDir } from './open-dirs.js'
import type { Session } from './session.js'

/** Which of a session's changes were made since `sinceNs` (CLOCK_REALTIME); see {@link changedSince}. */
export function sessionChangesSince(
  { ops }: Pick<Ports, 'ops'>,
  session: Session,
  changes: readonly Change[],
  sinceNs: bigint,
): Change[] {
  return withDir(ops, session.upper, (upper) => changedSince(ops, upper, changes, sinceNs))
}
