import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js'
import { onTestFinished } from 'vitest'
import { type CliBed, cliProgram, environment } from './cli-bed.js'

export interface ToolAnswer {
  readonly isError: boolean
  readonly json: Record<string, unknown>
}

export interface McpBed {
  readonly client: Client
  readonly pid: number
  /** What the server wrote to standard error so far. */
  stderr(): string
  /** The names of its tools. */
  tools(): Promise<string[]>
  call(name: string, input?: Record<string, unknown>, options?: RequestOptions): Promise<ToolAnswer>
}

/** The protocol's own client, and the built program as its server, for a bed's project. Both end with the test. */
export async function mcpClient(bed: CliBed, ...flags: string[]): Promise<McpBed> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [cliProgram, '-C', bed.project, 'mcp', ...flags],
    cwd: bed.top,
    env: environment(bed.top),
    stderr: 'pipe',
  })
  let stderr = ''
  transport.stderr?.on('data', (piece: Buffer) => {
    stderr += piece.toString()
  })
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(transport)
  onTestFinished(() => client.close())
  return {
    client,
    pid: transport.pid ?? 0,
    stderr: () => stderr,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, input = {}, options = {}) => {
      const result = await client.callTool({ name, arguments: input }, undefined, options)
      const [content] = result.content as { type: string; text: string }[]
      const json = JSON.parse(content?.text ?? '') as Record<string, unknown>
      if (JSON.stringify(result.structuredContent) !== content?.text) throw new Error('text and content differ')
      return { isError: result.isError === true, json }
    },
  }
}
