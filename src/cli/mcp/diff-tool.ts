import { z } from 'zod'
import { bytesFromBuffer, jsonName, OverlayError } from '../../index.js'
import type { CommandEntry } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { longestText } from './bound-json.js'
import { defineTool } from './define-tool.js'
import { commandResult } from './run-command.js'
import { paths, session } from './schemas.js'
import { type ChosenPaths, chosenPaths } from './session-and-paths.js'
import type { McpTool, ToolResult } from './tool.js'

const load: CommandEntry['load'] = async () => (await import('../commands/diff.js')).diffCommand

const schema = z.strictObject({
  session,
  paths: paths.describe('Only these.'),
  form: z
    .enum(['patch', 'stat', 'name-status'])
    .optional()
    .describe(
      'patch (the default): as `git apply` takes it; stat: changed lines of each file; name-status: letters and names.',
    ),
})

export function diffTool(): McpTool {
  return defineTool({
    name: 'diff',
    title: 'Show a session’s changes as a patch',
    description: `Shows what the session changed as a patch, of which it returns at most ${longestText} bytes: name paths to see the rest.`,
    hints: { readOnly: true, destructive: false },
    schema,
    run: (context, { form = 'patch', ...chosen }) => diff(context, chosenPaths(context, chosen), form),
  })
}

/** As text, of which the rest is not even made when there is too much of it. */
async function diff(context: CommandContext, chosen: ChosenPaths, form: string): Promise<ToolResult> {
  const full = new AbortController()
  const text = boundedText(() => full.abort())
  const streaming: CommandContext = {
    ...context,
    globals: { ...context.globals, json: false },
    signal: AbortSignal.any([context.signal, full.signal]),
    out: async (piece) => text.add(piece),
  }
  const options = { stat: form === 'stat', nameStatus: form === 'name-status' }
  const notes: string[] = []
  try {
    const result = await commandResult(load, streaming, { ...chosen, options })
    if (result.human !== undefined) text.add(result.human)
    notes.push(...(result.notes ?? []))
  } catch (error) {
    if (!full.signal.aborted || context.signal.aborted) throw error
    if (!(error instanceof OverlayError) || error.code !== 'ABORTED') throw error
  }
  return { json: { session: chosen.session, form, text: text.read(), isCut: full.signal.aborted, notes } }
}

interface BoundedText {
  add(piece: Uint8Array | string): void
  /** What there was room for, up to a whole line. */
  read(): string
}

function boundedText(onFull: () => void): BoundedText {
  const pieces: Uint8Array[] = []
  let room = longestText
  let isFull = false
  return {
    add(piece) {
      const bytes = Buffer.from(piece as string)
      pieces.push(bytes.subarray(0, room))
      isFull ||= bytes.length > room
      room -= Math.min(room, bytes.length)
      if (isFull) onFull()
    },
    read() {
      const bytes = Buffer.concat(pieces)
      return jsonName(bytesFromBuffer(isFull ? bytes.subarray(0, bytes.lastIndexOf('\n') + 1) : bytes))
    },
  }
}
