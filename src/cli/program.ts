import { Command, CommanderError } from 'commander'
import { OverlayError } from '../index.js'
import type { SplitArguments } from './arguments.js'
import type { CommandEntry, CommandSpec, Invocation } from './command-spec.js'
import type { Globals } from './globals.js'

/** What the command line asks for. */
export type Request =
  | { readonly what: 'command'; readonly spec: CommandSpec; readonly invocation: Invocation; readonly globals: Globals }
  | { readonly what: 'text'; readonly text: string }

/**
 * Reads the command line. Loads only the commands that it names; what is not one of them (help, a slip) takes all.
 * @throws OverlayError `USAGE`
 */
export async function parseCommandLine(
  commands: readonly CommandEntry[],
  version: string,
  args: SplitArguments,
): Promise<Request> {
  const named = commands.filter(({ name }) => args.before.includes(name))
  const request = parse(await loadAll(named), version, args)
  if (!(request instanceof OverlayError) && (request.what === 'command' || request.text === versionText(version)))
    return request
  const again = parse(await loadAll(commands), version, args)
  if (again instanceof OverlayError) throw again
  return again
}

/** As commander prints it: the one text that does not depend on the commands. */
function versionText(version: string): string {
  return `${version}\n`
}

function loadAll(commands: readonly CommandEntry[]): Promise<CommandSpec[]> {
  return Promise.all(commands.map((command) => command.load()))
}

function parse(specs: readonly CommandSpec[], version: string, args: SplitArguments): Request | OverlayError {
  const text: string[] = []
  let request: Request | undefined
  const program = newProgram(version, text)
  for (const spec of specs) {
    const command = spec.define(program.command(spec.name))
    command.action(() => {
      const invocation = { operands: command.args, after: args.after, options: command.opts() }
      request = { what: 'command', spec, invocation, globals: globalsOf(program) }
    })
  }
  try {
    program.parse([...args.before], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) return usageError(error, program)
    return { what: 'text', text: text.join('') }
  }
  return request ?? noCommand(program)
}

function newProgram(version: string, text: string[]): Command {
  return new Command('openagentic-overlay')
    .description('A copy-on-write workspace over a real project directory.')
    .option('-C <project>', 'the project, instead of the nearest directory above that holds .openagentic')
    .option('--json', 'print one JSON object')
    .option('--quiet', 'print results and errors only')
    .version(version)
    .helpCommand(true)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeOut: (piece) => text.push(piece), writeErr: () => undefined })
}

function globalsOf(program: Command): Globals {
  const { C, json, quiet } = program.opts<{ C?: string; json?: boolean; quiet?: boolean }>()
  return { project: C, json: json === true, quiet: quiet === true }
}

function usageError(error: CommanderError, program: Command): OverlayError {
  if (error.code === 'commander.help') return noCommand(program)
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ')
  return new OverlayError('USAGE', message.charAt(0).toUpperCase() + message.slice(1), {
    hint: 'See `openagentic-overlay --help`, or `openagentic-overlay <command> --help`.',
  })
}

function noCommand(program: Command): OverlayError {
  const names = program.commands.map((command) => command.name()).join(', ')
  return new OverlayError('USAGE', `Expected a command, got none: ${names}`, {
    hint: 'See `openagentic-overlay --help`.',
  })
}
