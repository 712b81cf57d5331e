import {
  type ByteString,
  chooseSession,
  findSession,
  isClosed,
  isCutShort,
  OverlayError,
  type Ports,
  quoteName,
  type RelPath,
  rootPath,
  type Session,
  type SessionId,
  type SessionScope,
  sessionClosed,
  sessionDirs,
  sessionState,
} from '../index.js'
import { typedBytes } from './arguments.js'
import type { Invocation } from './command-spec.js'
import type { CommandContext } from './context.js'
import { projectPath } from './paths.js'
import { sessionScope } from './scope.js'

/**
 * The session that a command means.
 * @throws OverlayError `NO_SUCH_SESSION`, `SESSION_AMBIGUOUS`, `SESSION_ID_INVALID`, `SESSION_CORRUPT`, `PROJECT_INVALID`
 */
export function chosenSession(context: CommandContext, given: string | undefined, closed?: ClosedSessions): Session {
  const scope = sessionScope(context)
  return findSession(context.ports, { ...scope, id: chosenId(context, scope, given, closed) })
}

/** Whether a command can mean a closed session without a name for it: only where the project has no open one. */
export type ClosedSessions = 'skip' | 'take'

/** What a command does while a commit of the session is at work, which is no crash. */
export type WhileCommitting = 'refuse' | 'go-on'

/**
 * As {@link chosenSession}, after a commit of it that was cut short has been brought to its end.
 * @throws OverlayError `ALREADY_COMMITTING` with `refuse`; `JOURNAL_DAMAGED`, `COMMIT_FAILED`
 */
export function readySession(
  context: CommandContext,
  given: string | undefined,
  whileCommitting: WhileCommitting,
  closed?: ClosedSessions,
): Promise<Session> {
  return recoverIfCutShort(context, chosenSession(context, given, closed), whileCommitting)
}

/** As {@link readySession}, for one that is known by its id. */
export function openReady(
  context: CommandContext,
  { scope, id }: Pick<SessionAndPaths, 'scope' | 'id'>,
  whileCommitting: WhileCommitting,
): Promise<Session> {
  return recoverIfCutShort(context, findSession(context.ports, { ...scope, id }), whileCommitting)
}

/** The one place that every command on a session goes through. */
export async function recoverIfCutShort(
  context: CommandContext,
  session: Session,
  whileCommitting: WhileCommitting,
): Promise<Session> {
  if (!isCutShort(context.ports, session)) return session
  const { recoverFirst } = await import('./recover-first.js')
  await recoverFirst(context, session, whileCommitting)
  return session
}

/** As {@link chosenSession}, its id alone: for what has to work on a session that cannot be read. */
export function chosenId(
  { ports, env }: CommandContext,
  scope: SessionScope,
  given: string | undefined,
  closed: ClosedSessions = 'skip',
): SessionId {
  return chooseSession({
    project: scope.project,
    existing: [...sessionDirs(ports.ops, scope).keys()],
    isClosed: (id) => closedIn(ports, scope, id),
    takesClosed: closed === 'take',
    given,
    fromEnvironment: env.session,
  })
}

/** Whether the project has a session that is not closed. */
export function hasOpenSession({ ports }: CommandContext, scope: SessionScope): boolean {
  return [...sessionDirs(ports.ops, scope).keys()].some((id) => !closedIn(ports, scope, id))
}

/** One that cannot be read is not known to be closed. */
function closedIn(ports: Ports, scope: SessionScope, id: SessionId): boolean {
  try {
    return isClosed(ports, findSession(ports, { ...scope, id }))
  } catch (error) {
    if (error instanceof OverlayError) return false
    throw error
  }
}

/**
 * The session, which must be mounted. An empty directory must not pass for it.
 * @throws OverlayError `SESSION_NOT_MOUNTED`, `SESSION_CLOSED`, and as {@link readySession}
 */
export async function attachedSession(context: CommandContext, given: string | undefined): Promise<Session> {
  const session = await readySession(context, given, 'refuse')
  const state = sessionState(context.ports, session)
  if (state.state === 'attached') return session
  if (state.state === 'closed') throw sessionClosed(session)
  throw new OverlayError('SESSION_NOT_MOUNTED', `Expected session "${session.id}" to be mounted: ${state.message}`, {
    path: quoteName(session.merged),
    hint: `\`openagentic-overlay mount ${session.id}\` attaches it again; its changes are safe.`,
  })
}

export interface SessionAndPaths {
  readonly scope: SessionScope
  readonly id: SessionId
  /** Empty for all: none was named, or the project itself was. */
  readonly paths: readonly RelPath[]
  readonly namesProject: boolean
  /** The first operand, if it was taken for a path and could have been meant for a session. */
  readonly doubtful: string | undefined
}

/**
 * Splits operands into a session and paths. The first one is the session if one has that id, else a path; what comes
 * after `--` is a path always.
 * @throws OverlayError as {@link chosenId}; `PATH_INVALID`
 */
export function sessionAndPaths(
  context: CommandContext,
  { operands, after }: Invocation,
  closed?: ClosedSessions,
): SessionAndPaths {
  const scope = sessionScope(context)
  const existing: readonly string[] = [...sessionDirs(context.ports.ops, scope).keys()]
  const [first] = operands
  const named = first !== undefined && existing.includes(first) ? first : undefined
  const id = chosenId(context, scope, named, closed)
  const typed: readonly ByteString[] = [
    ...operands.slice(named === undefined ? 0 : 1).map(typedBytes),
    ...(after ?? []),
  ]
  const doubtful = named === undefined && first !== undefined && isSessionId(first) ? first : undefined
  if (typed.length === 0) return { scope, id, paths: [], namesProject: false, doubtful }
  const { project, merged } = findSession(context.ports, { ...scope, id })
  const start = context.globals.project === undefined ? context.cwd : project
  const paths = typed.map((path) => projectPath({ project, merged, start }, path))
  const namesProject = paths.includes(rootPath)
  return { scope, id, paths: namesProject ? [] : paths, namesProject, doubtful }
}

/**
 * Runs what takes the paths. When the first of them is not to be found, it was a session's id with a slip in it.
 * @throws OverlayError `NO_SUCH_SESSION` instead of `NO_SUCH_CHANGE` then
 */
export async function orNoSuchSession<T>(
  { scope, doubtful, paths }: SessionAndPaths,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (doubtful === undefined || !(error instanceof OverlayError) || error.code !== 'NO_SUCH_CHANGE') throw error
    if (paths[0] === undefined || error.path !== quoteName(paths[0])) throw error
    const message = `Expected a session of ${quoteName(scope.project)}, or a path that has changes, got "${doubtful}"`
    throw new OverlayError('NO_SUCH_SESSION', message, {
      path: quoteName(scope.project),
      hint: '`openagentic-overlay list` has the sessions, `status` the paths that changed.',
      cause: error,
    })
  }
}

function isSessionId(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text)
}
