import {
  discardExpired,
  discardSession,
  isClosed,
  isListed,
  jsonName,
  type ListedSession,
  listSessions,
  OverlayError,
  type Ports,
  pruneModuleCache,
  pruneUndo,
  reviewSession,
  type Session,
  sessionState,
  sessionUsage,
  sweepLeftovers,
  unmountSession,
} from '../../index.js'
import { recoverIfCutShort } from '../chosen-session.js'
import type { CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { moduleCacheDir } from '../module-cache-dir.js'
import { recoveryJson } from '../render/recovery.js'
import { sessionScope } from '../scope.js'
import { count, formatBytes } from '../units.js'

/** Age of a compiled module, counted from when it was compiled. Nanoseconds. */
const moduleAgeNs = 30n * 86_400_000_000_000n

interface Collected {
  readonly removed: { readonly id: string; readonly bytes: number }[]
  readonly kept: { readonly id: string; readonly reason: string }[]
  readonly undo: { readonly id: string; readonly commits: number; readonly bytes: number }[]
}

export const gcCommand: CommandSpec = {
  name: 'gc',
  define: (command) =>
    command.description(
      'remove finished sessions (detached, nothing pending or to be undone), old undo data, old compiled modules, and what crashes left behind',
    ),
  async run(context) {
    const { ports } = context
    const scope = sessionScope(context)
    const found: Collected = { removed: [], kept: [], undo: [] }
    for (const listed of listSessions(ports, scope)) await collect(context, listed, found)
    const { removed, kept, undo } = found
    const leftovers = sweepLeftovers(ports, scope)
    const oldest = ports.machine.realtimeNs() - moduleAgeNs
    const modules = pruneModuleCache(ports.ops, moduleCacheDir(context.env), oldest)
    const lines = [
      ...removed.map(({ id, bytes }) => `removed session ${id} (${formatBytes(bytes)})\n`),
      ...undo.map(
        ({ id, commits, bytes }) =>
          `removed undo data of ${count(commits, 'commit')} of session ${id} (${formatBytes(bytes)})\n`,
      ),
      ...(modules.entries === 0
        ? []
        : [`removed ${count(modules.entries, 'compiled module')} (${formatBytes(modules.bytes)})\n`]),
      ...(leftovers === 0
        ? []
        : [`removed ${count(leftovers, 'directory', 'directories')} that a crash left behind\n`]),
    ]
    const freedBytes = [...removed, ...undo, modules].reduce((total, { bytes }) => total + bytes, 0)
    return {
      json: {
        project: jsonName(scope.project),
        removed,
        kept,
        undo,
        modules,
        leftovers,
        freedBytes,
        recovered: context.recovered.map(recoveryJson),
      },
      human: lines.join(''),
      notes: [
        ...kept.map(({ id, reason }) => `note: kept session ${id}: ${reason}`),
        ...(lines.length === 0 ? ['note: nothing to remove'] : []),
      ],
    }
  },
}

async function collect(context: CommandContext, listed: ListedSession, found: Collected): Promise<void> {
  const { id, session, problem } = listed
  if (session === undefined) {
    found.kept.push({ id, reason: problem.message })
    return
  }
  const { ports } = context
  try {
    const end = await endOf(context, session, found)
    const bytes = sessionUsage(ports.ops, session)
    const reason = 'reason' in end ? end.reason : await end.discard()
    if (reason === undefined) found.removed.push({ id, bytes })
    else found.kept.push({ id, reason })
  } catch (error) {
    // What keeps a session from being looked at, or removed, is the reason why it stays.
    if (!(error instanceof OverlayError) || error.code === 'ABORTED') throw error
    found.kept.push({ id, reason: error.message })
  }
}

/** Why a session stays, or how one that is finished goes. The latter may still give a reason. */
type End = { readonly reason: string } | { discard(): Promise<string | undefined> }

async function endOf(context: CommandContext, session: Session, { undo }: Collected): Promise<End> {
  const { ports, signal } = context
  await recoverIfCutShort(context, session, 'refuse')
  const { commits, bytes, kept } = pruneUndo(ports, session)
  if (commits > 0) undo.push({ id: session.id, commits, bytes })
  if (isClosed(ports, session)) return { discard: () => discardClosed(ports, session) }
  if (sessionState(ports, session).state === 'attached') return { reason: 'it is mounted' }
  // Ends a holder that lost its mount, and removes the link that leads nowhere.
  await unmountSession(ports, session)
  const { changeSet } = await reviewSession(ports, session, { signal, refusals: false })
  const pending = changeSet.changes.filter(isListed).length
  if (pending > 0) return { reason: `${count(pending, 'change')} pending` }
  if (kept > 0) return { reason: 'its last commit can still be undone' }
  return { discard: () => discardSession(ports, session).then(() => undefined) }
}

async function discardClosed(ports: Ports, session: Session): Promise<string | undefined> {
  return (await discardExpired(ports, session)) ? undefined : 'it is closed, and its last commit can still be undone'
}
