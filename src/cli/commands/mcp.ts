import { type AbsPath, OverlayError, parseByteLimit, parseTimeLimit, quoteName } from '../../index.js'
import { typedBytes } from '../arguments.js'
import { collect } from '../collect.js'
import type { CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import type { ServerOptions } from '../mcp/server-options.js'
import { fromCwd } from '../scope.js'

interface McpFlags {
  readonly allowCommit?: boolean
  readonly allowDiscard?: boolean
  readonly hide?: readonly string[]
  readonly module?: readonly string[]
  readonly time: number
  readonly memory: number
  readonly output: number
}

export const mcpCommand: CommandSpec = {
  name: 'mcp',
  define: (command) =>
    command
      .option('--allow-commit', 'offer `commit`: changes reach the project without a person asked')
      .option('--allow-discard', 'offer `discard`: sessions and their changes can be dropped')
      .option(
        '--hide <pattern>',
        'hide files from every session that it mounts, as in .gitignore (repeatable)',
        collect,
      )
      .option('--module <file>', 'a WASI module that `exec` may run by its file name (repeatable)', collect)
      .option('--time <duration>', 'the longest that a module may run', parseTimeLimit, 60_000)
      .option('--memory <size>', 'the most memory that a module may use', parseByteLimit, 2 ** 30)
      .option('--output <size>', 'the most output that a module may write', parseByteLimit, 2 ** 20)
      .description('serve tools for agents over standard input and output (Model Context Protocol)'),
  async run(context, { options }) {
    if (context.globals.json) throw noJson()
    const server = serverOptions(context, options as unknown as McpFlags)
    const { serve } = await import('../mcp/serve.js')
    await serve(context, server)
    return { json: {} }
  },
}

function serverOptions(context: CommandContext, flags: McpFlags): ServerOptions {
  return {
    allowCommit: flags.allowCommit === true,
    allowDiscard: flags.allowDiscard === true,
    hide: flags.hide ?? [],
    modules: givenModules(context, flags.module ?? []),
    limits: { timeMs: flags.time, memoryBytes: flags.memory, outputBytes: flags.output },
  }
}

function givenModules(context: CommandContext, files: readonly string[]): ReadonlyMap<string, AbsPath> {
  const modules = new Map<string, AbsPath>()
  for (const file of files) {
    const name = file.slice(file.lastIndexOf('/') + 1)
    if (modules.has(name)) throw sameName(name)
    modules.set(name, fromCwd(context, typedBytes(file)))
  }
  return modules
}

function sameName(name: string): OverlayError {
  return new OverlayError('USAGE', `Expected modules of different names, got two of ${quoteName(typedBytes(name))}`, {
    hint: '`exec` knows a module by its file name: give one of them another.',
  })
}

function noJson(): OverlayError {
  return new OverlayError('USAGE', 'Expected no --json: standard output belongs to the protocol of `mcp`', {
    hint: 'The results of its tools are JSON anyway.',
  })
}
