import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import type { CommandContext } from '../context.js'
import { sessionScope } from '../scope.js'
import { programVersion } from '../version.js'
import { type CallExtra, callTool } from './call-tool.js'
import { listedTool } from './listed-tool.js'
import type { ServerOptions } from './server-options.js'
import { toolTable } from './tools.js'

const instructions =
  'Copy-on-write sessions over one project. `mount` makes a session; work in its `merged` directory, or run WASI modules there with `exec`; `status` and `diff` show what changed. The project itself changes by `commit` alone, which is there only if the user allows it.'

/** Of a message that is no message, the protocol's package has much to say. */
const longestWarning = 500

/**
 * Serves tools over standard input and output until the client ends or the process is told to. Whatever runs then is ended first.
 * @throws OverlayError `PROJECT_INVALID`, `NATIVE_ADDON_MISSING`
 */
export async function serve(context: CommandContext, options: ServerOptions): Promise<void> {
  const { project } = sessionScope(context)
  const table = toolTable(options)
  const clientGone = new AbortController()
  const end = (): void => clientGone.abort()
  const stop = AbortSignal.any([context.signal, clientGone.signal])
  const calls = new Set<Promise<unknown>>()

  const server = new Server(
    { name: 'openagentic-overlay', version: programVersion },
    { capabilities: { tools: {} }, instructions },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...table.tools.values()].map(listedTool) }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => {
    const call = callTool({ context, project, table, stop }, params, extra as CallExtra)
    calls.add(call)
    return call.finally(() => calls.delete(call))
  })
  server.onclose = end
  server.onerror = ({ message }) => void context.err(`warning: ${JSON.stringify(message.slice(0, longestWarning))}\n`)
  process.stdin.once('end', end).once('close', end).once('error', end)
  process.stdout.on('error', end)

  const stopped = new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))
  await server.connect(new StdioServerTransport())
  if (!stop.aborted) await stopped
  await Promise.allSettled(calls)
  await server.close()
}
