import {
  type CallToolRequest,
  type CallToolResult,
  ErrorCode,
  McpError,
  type ServerNotification,
} from '@modelcontextprotocol/sdk/types.js'
import type { AbsPath } from '../../index.js'
import type { CommandContext } from '../context.js'
import { answerOf, failureOf } from './answer.js'
import { callContext } from './call-context.js'
import { type CallProgress, callProgress } from './call-progress.js'
import type { ToolTable } from './tools.js'

/** What all calls of a server share. */
export interface CallPlace {
  readonly context: CommandContext
  readonly project: AbsPath
  readonly table: ToolTable
  /** The server ends. */
  readonly stop: AbortSignal
}

/** Of what the protocol says about a call, the part that is used. */
export interface CallExtra {
  /** The client has cancelled it. */
  readonly signal: AbortSignal
  readonly _meta?: { readonly progressToken?: string | number | undefined } | undefined
  sendNotification(notification: ServerNotification): Promise<void>
}

/**
 * Runs a tool. What goes wrong in it is a result.
 * @throws McpError for a tool that is not there
 */
export async function callTool(
  { context, project, table, stop }: CallPlace,
  { name, arguments: input = {} }: CallToolRequest['params'],
  extra: CallExtra,
): Promise<CallToolResult> {
  const tool = table.tools.get(name)
  if (tool === undefined) throw noSuchTool(table, name)
  const progress = progressOf(extra)
  const call = callContext(context, { project, signal: AbortSignal.any([stop, extra.signal]), progress })
  try {
    return answerOf(await tool.call(call, input), call.recovered)
  } catch (error) {
    return failureOf(error, call.recovered)
  } finally {
    progress.end()
  }
}

/** Told only to those who ask. */
function progressOf({ _meta, sendNotification }: CallExtra): CallProgress {
  const progressToken = _meta?.progressToken
  return callProgress((progress, message) => {
    if (progressToken === undefined) return
    const params = { progressToken, progress, message }
    // A client that is gone is noticed elsewhere.
    sendNotification({ method: 'notifications/progress', params }).catch(() => undefined)
  })
}

function noSuchTool({ tools, withheld }: ToolTable, name: string): McpError {
  const flag = withheld.get(name)
  const reason =
    flag === undefined
      ? `the tools are ${[...tools.keys()].join(', ')}`
      : `the user did not start the server with ${flag}`
  return new McpError(ErrorCode.InvalidParams, `No tool ${JSON.stringify(name)}: ${reason}`)
}
