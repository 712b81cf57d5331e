import { programArguments, workingDirectory } from '../index.js'
import { splitArguments } from './arguments.js'
import type { CommandResult } from './command-spec.js'
import { commands } from './commands/index.js'
import { type CommandContext, commandContext } from './context.js'
import { readEnvironment } from './environment.js'
import { watchInterrupts } from './interrupt.js'
import { jsonText } from './json.js'
import { parseCommandLine } from './program.js'
import { describeFailure, failureJson, renderFailure } from './render/failure.js'
import { type RecoveredSession, recoveryJson } from './render/recovery.js'
import { streamWriter } from './streams.js'
import { programVersion } from './version.js'

/**
 * Runs the program: the one place that prints. Returns the exit status. `packageDir` is the directory of
 * the package.
 */
export async function run(packageDir: string): Promise<number> {
  const out = streamWriter('stdout')
  const err = streamWriter('stderr')
  const env = readEnvironment(process.env)
  const interrupt = watchInterrupts()
  const args = splitArguments(programArguments())
  const recovered: RecoveredSession[] = []
  try {
    const request = await parseCommandLine(commands, programVersion, args)
    if (request.what === 'text') {
      await out(request.text)
      return 0
    }
    const { spec, invocation, globals } = request
    const { signal } = interrupt
    const context = commandContext({ env, cwd: workingDirectory(), globals, packageDir, signal, recovered, out, err })
    try {
      const result = await spec.run(context, invocation)
      context.progress.clear()
      return await print(result, context)
    } finally {
      context.progress.clear()
    }
  } catch (error) {
    const failure = describeFailure(error)
    if (args.before.includes('--json')) await out(jsonText({ ...failureJson(failure), ...recoveredJson(recovered) }))
    else await err(renderFailure(failure))
    if (env.debug && failure.stack !== undefined) await err(`${failure.stack}\n`)
    return failure.code === 'ABORTED' ? (interrupt.status() ?? failure.status) : failure.status
  }
}

async function print(result: CommandResult, { globals, recovered, out, err }: CommandContext): Promise<number> {
  for (const line of result.errors ?? []) await err(`${line}\n`)
  if (!globals.quiet) for (const note of result.notes ?? []) await err(`${note}\n`)
  if (globals.json) await out(jsonText({ ...recoveredJson(recovered), ...result.json }))
  else if (result.human !== undefined && result.human.length > 0) await out(result.human)
  return result.status ?? 0
}

/** What a command on one session did to it before all else. */
function recoveredJson([recovered]: readonly RecoveredSession[]): Readonly<Record<string, unknown>> {
  return recovered === undefined ? {} : { recovered: recoveryJson(recovered) }
}
