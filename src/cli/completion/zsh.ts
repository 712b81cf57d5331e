import { type CommandDescription, globalFlags, type OptionDescription } from './describe-commands.js'

/** A completion script for zsh; its first line lets it lie in a directory of `fpath` as `_openagentic-overlay`. */
export function zshCompletion(commands: readonly CommandDescription[]): string {
  return `#compdef openagentic-overlay
# zsh completion for openagentic-overlay: put it as _openagentic-overlay in a directory of $fpath, or source it.
_openagentic_overlay_sessions() {
  local -a ids
  ids=(\${(f)"$(openagentic-overlay \${opt_args[-C]:+-C} \${opt_args[-C]} --json list --short 2>/dev/null | grep -o '"id":"[^"]*"' | cut -d'"' -f4)"})
  _alternative 'sessions:session:compadd -a ids' 'files:path:_files'
}
_openagentic_overlay() {
  local -a commands
  local state
  typeset -A opt_args
  commands=(
${commands.map(({ name, text }) => `    ${quoted(`${name}:${text}`)}`).join('\n')}
  )
  _arguments -C \\
${globalFlags.map((option) => `    ${argument(option)} \\`).join('\n')}
    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _openagentic_overlay "$@"
else
  compdef _openagentic_overlay openagentic-overlay
fi
`
}

function commandCase({ name, options, session }: CommandDescription): string {
  const operands =
    name === 'completion' ? "'1:shell:(bash zsh fish)'" : session ? "'*:session:_openagentic_overlay_sessions'" : ''
  const all = [...options, ...globalFlags].map(argument)
  return `        ${name}) _arguments ${[...all, operands].filter((part) => part !== '').join(' ')} ;;`
}

function argument({ flag, text, takesValue, choices }: OptionDescription): string {
  const action = choices.length > 0 ? `(${choices.join(' ')})` : '_files'
  return quoted(`*${flag}[${text.replace(/[[\]\\:]/g, '\\$&')}]${takesValue ? `:value:${action}` : ''}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
