import type { ByteString } from '../../index.js'
import type { CommandEntry, CommandResult } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import type { ToolResult } from './tool.js'

/** What a tool asks a command for. */
export interface CommandCall {
  readonly session?: string | undefined
  /** What a person types after `--`. */
  readonly after?: readonly ByteString[] | undefined
  readonly options?: Readonly<Record<string, unknown>>
}

/** Does what the command of the command line does: the same checks, the same log, the same result as with `--json`. */
export async function runCommand(
  load: CommandEntry['load'],
  context: CommandContext,
  call: CommandCall,
): Promise<ToolResult> {
  const { json, errors } = await commandResult(load, context, call)
  return { json, messages: errors }
}

/** The command is loaded when it is called for, as ever: bundled with the tools, it would be two files to load for the command line. */
export async function commandResult(
  load: CommandEntry['load'],
  context: CommandContext,
  { session, after, options = {} }: CommandCall,
): Promise<CommandResult> {
  const command = await load()
  return command.run(context, { operands: session === undefined ? [] : [session], after, options })
}
