import {
  discardExpired,
  discardSession,
  isClosed,
  isListed,
  jsonName,
  type ListedSession,
  listSessions,
  OverlayError,
  pruneModuleCache,
  pruneUndo,
  reviewSession,
  type Session,
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
  const { id, session } = listed
  const reason = await keepReason(context, listed, found)
  if (session === undefined || reason !== undefined) {
    found.kept.push({ id, reason: reason ?? 'unreadable' })
    return
  }
  const bytes = sessionUsage(context.ports.ops, session)
  const stays = await discardUnlessKept(context, session)
  if (stays === undefined) found.removed.push({ id, bytes })
  else found.kept.push({ id, reason: stays })
}

/** What a commit that was cut short left behind is somebody's to look at: the reason why the session stays. */
async function discardUnlessKept({ ports }: CommandContext, session: Session): Promise<string | undefined> {
  try {
    if (!isClosed(ports, session)) await discardSession(ports, session)
    else if (!(await discardExpired(ports, session))) return 'it is closed, and its last commit can still be undone'
    return undefined
  } catch (error) {
    if (error instanceof OverlayError && ['DISPLACED_KEPT', 'ALREADY_COMMITTING'].includes(error.code)) {
      return error.message
    }
    throw error
  }
}

/** Why a session stays; `undefined`: it is finished. What keeps it from being looked at is a reason. */
async function keepReason(
  context: CommandContext,
  { session, state, problem }: ListedSession,
  { undo }: Collected,
): Promise<string | undefined> {
  if (session === undefined) return problem.message
  const { ports, signal } = context
  try {
    await recoverIfCutShort(context, session, 'refuse')
    const { commits, bytes, kept } = pruneUndo(ports, session)
    if (commits > 0) undo.push({ id: session.id, commits, bytes })
    if (isClosed(ports, session)) return undefined
    if (state.state === 'attached') return 'it is mounted'
    // Ends a holder that lost its mount, and removes the link that leads nowhere.
    await unmountSession(ports, session)
    const { changeSet } = await reviewSession(ports, session, { signal, refusals: false })
    const pending = changeSet.changes.filter(isListed).length
    if (pending > 0) return `${count(pending, 'change')} pending`
    return kept === 0 ? undefined : 'its last commit can still be undone'
  } catch (error) {
    if (!(error instanceof OverlayError) || error.code === 'ABORTED') throw error
    return error.message
  }
}
