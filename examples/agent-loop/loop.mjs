import { OverlayError } from 'openagentic-overlay'

/** Turns after which a model that never ends is stopped. */
const mostTurns = 20

/** Asks the model, runs the tools that it calls, tells it the results, until it answers. */
export async function runLoop({ model, tools, task, onStep }) {
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  const offered = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))
  const messages = [{ role: 'user', text: task }]
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const reply = await model.next(messages, offered)
    messages.push({ role: 'assistant', ...reply })
    if (reply.calls.length === 0) return reply.text
    for (const { name, input } of reply.calls) {
      const result = await callTool(byName.get(name), name, input)
      onStep(`${name} ${JSON.stringify(input)} -> ${JSON.stringify(result)}`)
      messages.push({ role: 'tool', name, result })
    }
  }
  throw new Error(`The model did not come to an end in ${mostTurns} turns`)
}

/** An error that has a code is one the model can act on. Any other is a bug, or a broken machine, and ends the loop. */
async function callTool(tool, name, input) {
  if (tool === undefined) return { error: 'NO_SUCH_TOOL', message: `There is no tool ${name}` }
  try {
    return await tool.run(input)
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error
    return { error: error.code, message: error.message }
  }
}
