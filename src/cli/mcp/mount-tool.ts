import { z } from 'zod'
import { OverlayError, quoteName, sessionDirs } from '../../index.js'
import type { CommandEntry } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { sessionScope } from '../scope.js'
import { defineTool } from './define-tool.js'
import { createGate } from './gate.js'
import { runCommand } from './run-command.js'
import { session } from './schemas.js'
import type { ServerOptions } from './server-options.js'
import type { McpTool } from './tool.js'

const load: CommandEntry['load'] = async () => (await import('../commands/mount.js')).mountCommand

/** A loop that mounts must not fill the machine with processes: each mounted session has one. */
const mostSessions = 64

export function mountTool({ hide }: ServerOptions): McpTool {
  const gate = createGate(1)
  return defineTool({
    name: 'mount',
    title: 'Make or attach a session',
    description:
      'Makes a session with that id, or one with an id of its own, or attaches a detached one again. `merged` in the result is its directory: the project with the session’s changes. What is written there does not reach the project.',
    hints: { readOnly: false, destructive: false },
    schema: z.strictObject({
      session: session.describe('An id for a new session ([a-z0-9][a-z0-9._-]*), or that of one to attach again.'),
    }),
    run: (context, input) =>
      gate.pass(context.signal, () => {
        checkRoom(context, input.session)
        return runCommand(load, context, { ...input, options: hide.length === 0 ? {} : { hide } })
      }),
  })
}

function checkRoom(context: CommandContext, id: string | undefined): void {
  const scope = sessionScope(context)
  const existing: readonly string[] = [...sessionDirs(context.ports.ops, scope).keys()]
  if (existing.length < mostSessions || (id !== undefined && existing.includes(id))) return
  const message = `Expected fewer than ${mostSessions} sessions of ${quoteName(scope.project)}, found ${existing.length}`
  throw new OverlayError('USAGE', message, { hint: 'Attach one of them, or have a person discard some.' })
}
