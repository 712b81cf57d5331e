import {
  discardChanges,
  discardCorruptSession,
  discardSession,
  isClosed,
  isListed,
  jsonName,
  OverlayError,
  quoteName,
  reviewSession,
  type Session,
  type SessionId,
  type SessionScope,
  sessionDirs,
  stateDir,
} from '../../index.js'
import { openReady, orNoSuchSession, type SessionAndPaths, sessionAndPaths } from '../chosen-session.js'
import type { CommandResult, CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { changeJson, statusLine } from '../render/change.js'
import { count } from '../units.js'

export const discardCommand: CommandSpec = {
  name: 'discard',
  define: (command) =>
    command
      .argument('[session]', 'the session')
      .argument('[paths...]', 'drop its changes to these only')
      .option('--yes', 'do not ask')
      .description('drop the session with all its changes, or its changes to some paths'),
  async run(context, invocation) {
    const chosen = sessionAndPaths(context, invocation, 'take')
    const { scope, id } = chosen
    const { options } = invocation
    if (chosen.namesProject) throw wholeProject()
    if (chosen.paths.length > 0) return orNoSuchSession(chosen, () => dropPaths(context, chosen, options.yes === true))
    const session = await sessionOrCorrupt(context, chosen)
    const pending = session instanceof OverlayError ? undefined : await pendingChanges(context, session)
    if (options.yes !== true && pending !== 0) await confirm(context, id, pending)
    if (session instanceof OverlayError) await discardCorrupt(context, scope, id)
    else await discardSession(context.ports, session)
    return discarded(scope, id, pending)
  },
}

async function dropPaths(context: CommandContext, chosen: SessionAndPaths, yes: boolean): Promise<CommandResult> {
  const { ports, signal } = context
  const { scope, id, paths } = chosen
  const session = await openReady(context, chosen, 'refuse')
  if (!yes) {
    const planned = await discardChanges(ports, session, { paths, dryRun: true, signal })
    if (context.terminal.interactive) {
      for (const change of planned.filter(isListed)) await context.err(`${statusLine(change, false)}\n`)
    }
    await confirm(context, id, planned.filter(isListed).length, true)
  }
  const dropped = await discardChanges(ports, session, { paths, signal })
  const listed = dropped.filter(isListed)
  return {
    json: {
      session: id,
      project: jsonName(scope.project),
      droppedChanges: listed.length,
      dropped: dropped.map(changeJson),
    },
    notes: [`note: ${count(listed.length, 'change')} of session ${id} dropped`],
  }
}

/** The project itself named as a path: too much to drop by what may be a slip of the hand. */
function wholeProject(): OverlayError {
  return new OverlayError('USAGE', 'Expected paths below the project, got the project itself', {
    hint: 'To drop everything, leave the paths out.',
  })
}

/** A session whose record cannot be read can still be dropped. */
async function sessionOrCorrupt(context: CommandContext, chosen: SessionAndPaths): Promise<Session | OverlayError> {
  try {
    return await openReady(context, chosen, 'refuse')
  } catch (error) {
    if (error instanceof OverlayError && error.code === 'SESSION_CORRUPT') return error
    throw error
  }
}

/** `undefined` where the upper cannot be decoded: there may be anything in it. */
async function pendingChanges({ ports, signal }: CommandContext, session: Session): Promise<number | undefined> {
  if (isClosed(ports, session)) return 0
  try {
    const { changeSet } = await reviewSession(ports, session, { signal, refusals: false })
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
  isPart = false,
): Promise<void> {
  const what = pending === undefined ? 'what it holds, which cannot be read,' : count(pending, 'change')
  const deed = isPart ? `${what} of session ${id}` : `session ${id} with ${what}`
  if (!terminal.interactive) {
    throw new OverlayError('CONFIRMATION_NEEDED', `Expected --yes to drop ${deed}`, {
      hint: '`status` and `diff` show the changes; `discard --yes` drops them for good.',
    })
  }
  if (await terminal.confirm(`Drop ${deed} for good?`, signal)) return
  throw new OverlayError('ABORTED', 'Nothing was dropped: the answer was not yes')
}

async function discardCorrupt(context: CommandContext, scope: SessionScope, id: SessionId): Promise<void> {
  const { project, stateRoot } = scope
  const dir = sessionDirs(context.ports.ops, scope).get(id)
  if (dir === undefined) return
  const defaultLayers = stateRoot === undefined ? undefined : stateDir(stateRoot, project, id)
  await discardCorruptSession(context.ports, { project, dir, defaultLayers })
}

function discarded({ project }: SessionScope, id: SessionId, pending: number | undefined): CommandResult {
  const dropped = pending === undefined || pending === 0 ? '' : `, with ${count(pending, 'change')} dropped`
  return {
    json: { session: id, project: jsonName(project), droppedChanges: pending ?? null },
    notes: [`note: session ${id} of ${quoteName(project)} is gone${dropped}`],
  }
}
