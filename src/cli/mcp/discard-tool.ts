import { z } from 'zod'
import type { CommandEntry } from '../command-spec.js'
import { defineTool } from './define-tool.js'
import { runCommand } from './run-command.js'
import { paths } from './schemas.js'
import { chosenPaths } from './session-and-paths.js'
import type { McpTool } from './tool.js'

const load: CommandEntry['load'] = async () => (await import('../commands/discard.js')).discardCommand

const schema = z.strictObject({
  session: z.string().min(1).max(64).describe('The session’s id.'),
  paths: paths.describe('Drop its changes to these only. The whole session where it is left out.'),
})

/** The session has to be named: what is dropped is gone. */
export function discardTool(): McpTool {
  return defineTool({
    name: 'discard',
    title: 'Drop a session, or some of its changes',
    description: 'Drops the session with all its changes, or its changes to some paths, for good.',
    hints: { readOnly: false, destructive: true },
    schema,
    run: (context, input) => {
      return runCommand(load, context, { ...chosenPaths(context, input), options: { yes: true } })
    },
  })
}
