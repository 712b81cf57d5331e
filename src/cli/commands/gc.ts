import {
  discardSession,
  isListed,
  jsonName,
  type ListedSession,
  listSessions,
  OverlayError,
  reviewSession,
  type Session,
  sessionUsage,
  sweepLeftovers,
  unmountSession,
} from '../../index.js'
import type { CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { sessionScope } from '../scope.js'
import { count, formatBytes } from '../units.js'

interface Kept {
  readonly id: string
  readonly reason: string
}

export const gcCommand: CommandSpec = {
  name: 'gc',
  define: (command) =>
    command.description('remove finished sessions (detached, nothing pending) and what crashes left behind'),
  async run(context) {
    const scope = sessionScope(context)
    const removed: { id: string; bytes: number }[] = []
    const kept: Kept[] = []
    for (const listed of listSessions(context.ports, scope)) {
      const reason = await keepReason(context, listed)
      if (reason !== undefined || listed.session === undefined) {
        kept.push({ id: listed.id, reason: reason ?? 'unreadable' })
        continue
      }
      const bytes = sessionUsage(context.ports.ops, listed.session)
      const displaced = await discardUnlessKept(context, listed.session)
      if (displaced === undefined) removed.push({ id: listed.id, bytes })
      else kept.push({ id: listed.id, reason: displaced })
    }
    const leftovers = sweepLeftovers(context.ports, scope)
    const freed = removed.reduce((total, { bytes }) => total + bytes, 0)
    const lines = removed.map(({ id, bytes }) => `removed session ${id} (${formatBytes(bytes)})\n`)
    if (leftovers > 0) lines.push(`removed ${count(leftovers, 'directory', 'directories')} that a crash left behind\n`)
    return {
      json: { project: jsonName(scope.project), removed, kept, leftovers, freedBytes: freed },
      human: lines.join(''),
      notes: [
        ...kept.map(({ id, reason }) => `note: kept session ${id}: ${reason}`),
        ...(lines.length === 0 ? ['note: nothing to remove'] : []),
      ],
    }
  },
}

/** What a commit that was cut short left behind is somebody's to look at: the reason why the session stays. */
async function discardUnlessKept(context: CommandContext, session: Session): Promise<string | undefined> {
  try {
    await discardSession(context.ports, session)
    return undefined
  } catch (error) {
    if (error instanceof OverlayError && error.code === 'DISPLACED_KEPT') return error.message
    throw error
  }
}

/** Why a session stays; `undefined`: it is finished. */
async function keepReason(
  context: CommandContext,
  { session, state, problem }: ListedSession,
): Promise<string | undefined> {
  if (session === undefined) return problem.message
  if (state.state === 'attached') return 'it is mounted'
  await tidy(context, session)
  try {
    const { changeSet } = await reviewSession(context.ports, session, { signal: context.signal, refusals: false })
    const pending = changeSet.changes.filter(isListed).length
    return pending === 0 ? undefined : `${count(pending, 'change')} pending`
  } catch (error) {
    if (!(error instanceof OverlayError) || error.code === 'ABORTED') throw error
    return error.message
  }
}

/** Ends a holder that lost its mount, and removes the link that leads nowhere. */
async function tidy({ ports }: CommandContext, session: Session): Promise<void> {
  await unmountSession(ports, session)
}
