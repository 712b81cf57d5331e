import { commitTool } from './commit-tool.js'
import { diffTool } from './diff-tool.js'
import { discardTool } from './discard-tool.js'
import { execTool } from './exec-tool.js'
import { listTool } from './list-tool.js'
import { mountTool } from './mount-tool.js'
import type { ServerOptions } from './server-options.js'
import { statusTool } from './status-tool.js'
import type { McpTool } from './tool.js'
import { unmountTool } from './unmount-tool.js'

/** A tool, and whether a server with these options has it. */
interface Offer {
  readonly make: (options: ServerOptions) => McpTool
  /** The option of `mcp` that it needs. */
  readonly needs?: { readonly flag: string; readonly has: (options: ServerOptions) => boolean }
}

/** In the order of `tools/list`. */
const offers: readonly Offer[] = [
  { make: listTool },
  { make: mountTool },
  { make: unmountTool },
  { make: execTool },
  { make: statusTool },
  { make: diffTool },
  { make: commitTool, needs: { flag: '--allow-commit', has: ({ allowCommit }) => allowCommit } },
  { make: discardTool, needs: { flag: '--allow-discard', has: ({ allowDiscard }) => allowDiscard } },
]

export interface ToolTable {
  readonly tools: ReadonlyMap<string, McpTool>
  /** The flag that each of the others needs. */
  readonly withheld: ReadonlyMap<string, string>
}

/** The tools of a server. What its user did not allow is not there, rather than there and refused. */
export function toolTable(options: ServerOptions): ToolTable {
  const tools = new Map<string, McpTool>()
  const withheld = new Map<string, string>()
  for (const { make, needs } of offers) {
    const tool = make(options)
    if (needs === undefined || needs.has(options)) tools.set(tool.name, tool)
    else withheld.set(tool.name, needs.flag)
  }
  return { tools, withheld }
}
