import { OverlayError } from '../errors/overlay-error.js'
import type { Attachment } from '../mount/backend.js'
import { findMount } from '../mount/find-mount.js'
import type { Machine, MountUser } from '../os/machine.js'
import { quoteName } from '../paths/quote-name.js'
import type { Session } from './session.js'

/** Processes listed in an error, at the most. */
const mostListed = 10

/** Who uses the mount of a session, of those that may be looked at; in other mount namespaces too. */
export function sessionUsers(machine: Machine, { holder, mountPoint }: Attachment): MountUser[] {
  const mount = findMount(machine, holder?.pid ?? 'self', mountPoint)
  return mount === undefined ? [] : machine.mountUsers({ dev: mount.dev }).filter(({ pid }) => pid !== holder?.pid)
}

/** `SESSION_BUSY` that names the processes; `details.processes` has all of them. */
export function busySession(session: Session, users: readonly MountUser[]): OverlayError {
  const shown = users
    .slice(0, mostListed)
    .map(({ pid, command, uses }) => `${quoteName(command)} (${pid}, ${uses.join(' and ')})`)
  const more = users.length > mostListed ? [`and ${users.length - mostListed} more`] : []
  const who = users.length === 0 ? 'a process of another user' : [...shown, ...more].join(', ')
  return new OverlayError('SESSION_BUSY', `Expected nobody to use session "${session.id}", but it is used by ${who}`, {
    path: quoteName(session.merged),
    hint: 'End these processes, or let them leave the merged directory, then try again.',
    details: { processes: users.map(({ pid, command, uses }) => ({ pid, command: quoteName(command), uses })) },
  })
}
