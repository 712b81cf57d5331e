import { z } from 'zod'
import type { CommandEntry } from '../command-spec.js'
import { defineTool } from './define-tool.js'
import { runCommand } from './run-command.js'
import { session } from './schemas.js'
import type { McpTool } from './tool.js'

const load: CommandEntry['load'] = async () => (await import('../commands/status.js')).statusCommand

export function statusTool(): McpTool {
  return defineTool({
    name: 'status',
    title: 'Show what a session changed',
    description:
      'Lists what the session changed (A added, M modified, D deleted, R renamed, T other type, P metadata), the conflicts with what happened in the project meanwhile, and what a commit refuses.',
    hints: { readOnly: true, destructive: false },
    schema: z.strictObject({ session }),
    run: (context, input) => runCommand(load, context, input),
  })
}
