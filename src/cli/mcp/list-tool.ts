import { z } from 'zod'
import type { CommandEntry } from '../command-spec.js'
import { defineTool } from './define-tool.js'
import { runCommand } from './run-command.js'
import type { McpTool } from './tool.js'

const load: CommandEntry['load'] = async () => (await import('../commands/list.js')).listCommand

export function listTool(): McpTool {
  return defineTool({
    name: 'list',
    title: 'List sessions',
    description:
      'Lists the sessions of the project: id, state (attached, detached, closed, corrupt), merged directory, number of changes, bytes held. `short` leaves out what takes time.',
    hints: { readOnly: true, destructive: false },
    schema: z.strictObject({ short: z.boolean().optional() }),
    run: (context, { short }) => runCommand(load, context, { options: { short } }),
  })
}
