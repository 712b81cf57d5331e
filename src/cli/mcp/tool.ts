import type { z } from 'zod'
import type { CommandContext } from '../context.js'

/** What a client may tell a person, or decide by, before a call. */
export interface ToolHints {
  /** Changes nothing: neither the project nor a session. */
  readonly readOnly: boolean
  /** May replace or drop what somebody made. */
  readonly destructive: boolean
}

export interface ToolResult {
  /** The structured result, with names in the form of `jsonName`. */
  readonly json: Readonly<Record<string, unknown>>
  /** What the command line would print as errors and warnings, though it goes on. */
  readonly messages?: readonly string[] | undefined
}

/** One tool of the server. */
export interface McpTool {
  readonly name: string
  readonly title: string
  /** For the model. */
  readonly description: string
  readonly hints: ToolHints
  readonly schema: z.ZodObject
  /** Checks the arguments, and does it. @throws OverlayError `USAGE` for arguments, and what the command throws */
  call(context: CommandContext, input: unknown): Promise<ToolResult>
}

export interface ToolDefinition<Schema extends z.ZodObject> extends Omit<McpTool, 'schema' | 'call'> {
  /** Strict: a misspelt argument must not pass for one that was left out. */
  readonly schema: Schema
  run(context: CommandContext, input: z.output<Schema>): Promise<ToolResult>
}
