import { z } from 'zod'
import type { CommandEntry } from '../command-spec.js'
import { defineTool } from './define-tool.js'
import { runCommand } from './run-command.js'
import { session } from './schemas.js'
import type { McpTool } from './tool.js'

const load: CommandEntry['load'] = async () => (await import('../commands/unmount.js')).unmountCommand

export function unmountTool(): McpTool {
  return defineTool({
    name: 'unmount',
    title: 'Detach a session',
    description: 'Detaches the session. Its changes are kept; `mount` attaches it again.',
    hints: { readOnly: false, destructive: false },
    schema: z.strictObject({ session }),
    run: (context, input) => runCommand(load, context, input),
  })
}
