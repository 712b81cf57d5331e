import type { z } from 'zod'
import { OverlayError } from '../../index.js'
import type { McpTool, ToolDefinition } from './tool.js'

/** A tool whose `run` gets arguments that its schema has checked. */
export function defineTool<Schema extends z.ZodObject>({ run, ...tool }: ToolDefinition<Schema>): McpTool {
  return { ...tool, call: async (context, input) => run(context, checked(tool.name, tool.schema, input)) }
}

function checked<Schema extends z.ZodObject>(name: string, schema: Schema, input: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(input)
  if (success) return data
  const problems = error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`)
  throw new OverlayError('USAGE', `Expected arguments that \`${name}\` takes: ${problems.join('; ')}`, {
    hint: 'The tool’s input schema says what there is.',
  })
}
