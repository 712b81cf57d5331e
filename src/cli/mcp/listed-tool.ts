import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { McpTool } from './tool.js'

/** As `tools/list` tells of it. */
export function listedTool({ name, title, description, hints, schema }: McpTool): Tool {
  const { $schema, ...inputSchema } = z.toJSONSchema(schema, { io: 'input' })
  return {
    name,
    title,
    description,
    inputSchema: inputSchema as Tool['inputSchema'],
    annotations: { readOnlyHint: hints.readOnly, destructiveHint: hints.destructive, openWorldHint: false },
  }
}
