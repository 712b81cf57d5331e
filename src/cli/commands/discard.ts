import {
  discardCorruptSession,
  discardSession,
  isListed,
  jsonName,
  OverlayError,
  openSession,
  quoteName,
  reviewSession,
  type Session,
  type SessionId,
  type SessionScope,
  sessionDirs,
  stateDir,
} from '../../index.js'
import { chosenId } from '../chosen-session.js'
import type { CommandResult, CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { sessionScope } from '../scope.js'
import { count } from '../units.js'

export const discardCommand: CommandSpec = {
  name: 'discard',
  define: (command) =>
    command
      .argument('[session]', 'the session')
      .option('--yes', 'do not ask')
      .description('drop the session with all its changes'),
  async run(context, { operands, options }) {
    const scope = sessionScope(context)
    const id = chosenId(context, scope, operands[0])
    const session = sessionOrCorrupt(context, scope, id)
    const pending = session instanceof OverlayError ? undefined : await pendingChanges(context, session)
    if (options.yes !== true && pending !== 0) await confirm(context, id, pending)
    if (session instanceof OverlayError) await discardCorrupt(context, scope, id)
    else await discardSession(context.ports, session)
    return discarded(scope, id, pending)
  },
}

/** A session whose record cannot be read can still be dropped. */
function sessionOrCorrupt(context: CommandContext, scope: SessionScope, id: SessionId): Session | OverlayError {
  try {
    return openSession(context.ports, { ...scope, id })
  } catch (error) {
    if (error instanceof OverlayError && error.code === 'SESSION_CORRUPT') return error
    throw error
  }
}

/** `undefined` where the upper cannot be decoded: there may be anything in it. */
async function pendingChanges({ ports, signal }: CommandContext, session: Session): Promise<number | undefined> {
  try {
    const { changeSet } = await reviewSession(ports, session, { signal })
    return changeSet.changes.filter(isListed).length
  } catch (error) {
    if (error instanceof OverlayError && error.code !== 'ABORTED') return undefined
    throw error
  }
}

async function confirm(
  { terminal, signal }: CommandContext,
  id: SessionId,
  pending: number | undefined,
): Promise<void> {
  const what = pending === undefined ? 'what it holds, which cannot be read,' : count(pending, 'change')
  if (!terminal.interactive) {
    throw new OverlayError('CONFIRMATION_NEEDED', `Expected --yes to drop session "${id}" with ${what} pending`, {
      hint: '`status` and `diff` show the changes; `discard --yes` drops them for good.',
    })
  }
  if (await terminal.confirm(`Drop session ${id} with ${what} for good?`, signal)) return
  throw new OverlayError('ABORTED', 'Nothing was dropped: the answer was not yes')
}

async function discardCorrupt(context: CommandContext, scope: SessionScope, id: SessionId): Promise<void> {
  const { project, stateRoot } = scope
  const dir = sessionDirs(context.ports.ops, scope).get(id)
  if (dir === undefined) return
  await discardCorruptSession(context.ports, { project, dir, defaultLayers: stateDir(stateRoot, project, id) })
}

function discarded({ project }: SessionScope, id: SessionId, pending: number | undefined): CommandResult {
  const dropped = pending === undefined || pending === 0 ? '' : `, with ${count(pending, 'change')} dropped`
  return {
    json: { session: id, project: jsonName(project), droppedChanges: pending ?? null },
    notes: [`note: session ${id} of ${quoteName(project)} is gone${dropped}`],
  }
}
