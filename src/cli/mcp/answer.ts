import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { jsonText } from '../json.js'
import { describeFailure, failureJson } from '../render/failure.js'
import { type RecoveredSession, recoveryJson } from '../render/recovery.js'
import { boundJson } from './bound-json.js'
import type { ToolResult } from './tool.js'

/** As structured content, and the same as text for clients that know only that. */
export function answerOf({ json, messages = [] }: ToolResult, recovered: readonly RecoveredSession[]): CallToolResult {
  return toolResult({ ...recoveredJson(recovered), ...json, ...(messages.length === 0 ? {} : { messages }) })
}

/** An error is a result too, which a model can read and act on: the `error` object of `--json`. */
export function failureOf(error: unknown, recovered: readonly RecoveredSession[]): CallToolResult {
  const failure = failureJson(describeFailure(error))
  return { ...toolResult({ ...recoveredJson(recovered), ...failure }), isError: true }
}

function toolResult(json: Readonly<Record<string, unknown>>): CallToolResult {
  const { value, truncated } = boundJson(JSON.parse(jsonText(json)) as Record<string, unknown>)
  const structuredContent = Object.keys(truncated).length === 0 ? value : { ...value, truncated }
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent }
}

/** What had to be brought to its end before the call. */
function recoveredJson(recovered: readonly RecoveredSession[]): Readonly<Record<string, unknown>> {
  return recovered.length === 0 ? {} : { recovered: recovered.map(recoveryJson) }
}
