import { type CommandDescription, globalFlags, type OptionDescription } from './describe-commands.js'

/** A completion script for fish. */
export function fishCompletion(commands: readonly CommandDescription[]): string {
  const names = commands.map((command) => command.name).join(' ')
  const head = `# fish completion for openagentic-overlay: put it in ~/.config/fish/completions/openagentic-overlay.fish
function __openagentic_overlay_sessions
    openagentic-overlay --json list --short 2>/dev/null | string match -ra '"id":"([^"]*)"' | string match -rv '^"'
end
set -l commands ${names}
`
  const lines = [
    ...globalFlags.map((option) => complete('', option)),
    ...commands.flatMap((command) => commandLines(command)),
  ]
  return `${head}${lines.join('\n')}\n`
}

function commandLines({ name, text, options, session }: CommandDescription): string[] {
  const within = ` -n '__fish_seen_subcommand_from ${name}'`
  const lines = [
    `complete -c openagentic-overlay -f -n "not __fish_seen_subcommand_from $commands" -a ${name} -d ${quoted(text)}`,
    ...options.map((option) => complete(within, option)),
  ]
  if (session) lines.push(`complete -c openagentic-overlay${within} -a '(__openagentic_overlay_sessions)'`)
  if (name === 'completion') lines.push(`complete -c openagentic-overlay -f${within} -a 'bash zsh fish'`)
  return lines
}

function complete(condition: string, { flag, text, takesValue, choices }: OptionDescription): string {
  const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
  const value = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : takesValue ? ' -r' : ''
  return `complete -c openagentic-overlay${condition} ${name}${value} -d ${quoted(text)}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
