/** Runs in a process of its own, as the user whose sessions it makes: carries out what `session-user.ts` asks for. */

import { OverlayError } from '../../src/errors/overlay-error.js'
import { type Diagnosis, diagnose } from '../../src/mount/diagnose.js'
import { systemPorts } from '../../src/os/system-ports.js'
import type { AbsPath, RelPath } from '../../src/paths/byte-string.js'
import { sessionId } from '../../src/paths/session-id.js'
import { type AttachedSession, type AttachOptions, attachSession } from '../../src/session/attach-session.js'
import { type CreatedSession, type CreateOptions, createSession } from '../../src/session/create-session.js'
import { discardPaths } from '../../src/session/discard-paths.js'
import { discardSession } from '../../src/session/discard-session.js'
import { findSession, type SessionScope } from '../../src/session/find-session.js'
import { listSessions } from '../../src/session/list-sessions.js'
import { findProject } from '../../src/session/project.js'
import type { Session } from '../../src/session/session.js'
import { type SessionState, sessionState } from '../../src/session/session-state.js'
import { type UnmountedSession, unmountSession } from '../../src/session/unmount-session.js'

const ports = systemPorts()

export interface Named {
  readonly project: AbsPath
  readonly stateRoot: AbsPath
  readonly id: string
}

function opened({ project, stateRoot, id }: Named): Session {
  return findSession(ports, { project, stateRoot, id: sessionId(id) })
}

/** What the driver can be asked for. */
export interface Calls {
  create(options: CreateOptions): Promise<CreatedSession>
  attach(named: Named, options?: AttachOptions): Promise<AttachedSession>
  unmount(named: Named): Promise<UnmountedSession>
  discard(named: Named): Promise<void>
  discardPaths(named: Named, paths: readonly RelPath[]): Promise<Session>
  state(named: Named): SessionState
  open(named: Named): Session
  list(scope: SessionScope): Listed[]
  findProject(start: AbsPath): AbsPath
  diagnose(scratch: AbsPath): Promise<Diagnosis>
}

export interface Listed {
  readonly id: string
  readonly state: SessionState | undefined
  readonly problem: string | undefined
}

const calls: Calls = {
  create: (options) => createSession(ports, options),
  attach: (named, options) => attachSession(ports, opened(named), options),
  unmount: (named) => unmountSession(ports, opened(named)),
  discard: (named) => discardSession(ports, opened(named)),
  discardPaths: (named, paths) => discardPaths(ports, opened(named), paths),
  state: (named) => sessionState(ports, opened(named)),
  open: (named) => opened(named),
  list: (scope) => listSessions(ports, scope).map(({ id, state, problem }) => ({ id, state, problem: problem?.code })),
  findProject: (start) => findProject(ports, start),
  diagnose: (scratch) => diagnose(ports, scratch),
}

interface Request {
  readonly number: number
  readonly call: keyof Calls
  readonly args: readonly never[]
}

process.on('message', async ({ number, call, args }: Request) => {
  try {
    const result = await (calls[call] as (...values: readonly never[]) => unknown)(...args)
    process.send?.({ number, result })
  } catch (error) {
    process.send?.({ number, error: described(error as Error) })
  }
})

function described(error: Error): Record<string, unknown> {
  const { message, stack } = error
  if (!(error instanceof OverlayError)) return { code: (error as NodeJS.ErrnoException).code, message, stack }
  return { code: error.code, message, hint: error.hint, path: error.path, details: error.details, stack }
}
