import { z } from 'zod'
import type { CommandEntry } from '../command-spec.js'
import { defineTool } from './define-tool.js'
import { runCommand } from './run-command.js'
import { paths, session } from './schemas.js'
import { chosenPaths } from './session-and-paths.js'
import type { McpTool } from './tool.js'

const load: CommandEntry['load'] = async () => (await import('../commands/commit.js')).commitCommand

const schema = z.strictObject({
  session,
  paths: paths.describe('Only these, with what they depend on. All changes where it is left out.'),
  dry_run: z.boolean().optional().describe('Check everything, write nothing.'),
  on_conflict: z
    .enum(['abort', 'skip', 'ours', 'theirs', 'merge'])
    .optional()
    .describe(
      'Where the project changed too: abort (the default) commits nothing at all; skip leaves the path pending; ours takes the session’s version; theirs gives it up; merge merges text.',
    ),
})

/** What is refused by kind stays refused: to allow it is for a person, on the command line. */
export function commitTool(): McpTool {
  return defineTool({
    name: 'commit',
    title: 'Commit a session to the project',
    description:
      'Puts the session’s changes into the real project, after the check that the project is still what the session built upon. A conflict comes back as the error COMMIT_CONFLICT with `details.conflicts`, and nothing was written then; call it with `dry_run` first to see what would be done.',
    hints: { readOnly: false, destructive: true },
    schema,
    run: (context, { dry_run: dryRun, on_conflict: onConflict = 'abort', ...chosen }) => {
      const options = { dryRun, onConflict, yes: true, sync: true }
      return runCommand(load, context, { ...chosenPaths(context, chosen), options })
    },
  })
}
