import { type CommandDescription, globalFlags } from './describe-commands.js'

/** A completion script for bash; it needs no bash-completion package. */
export function bashCompletion(commands: readonly CommandDescription[]): string {
  return `# bash completion for openagentic-overlay: source it, or put it in
# \${XDG_DATA_HOME:-~/.local/share}/bash-completion/completions/openagentic-overlay
_openagentic_overlay_sessions() {
  openagentic-overlay "$@" --json list --short 2>/dev/null | grep -o '"id":"[^"]*"' | cut -d'"' -f4
}
_openagentic_overlay() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= at word
  local -a project=()
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case $word in
      --) compopt -o default; return ;;
      -C) project=(-C "\${COMP_WORDS[at+1]}"); at=$((at + 1)) ;;
      -*) ;;
      *) [[ -n $command ]] || command=$word ;;
    esac
  done
  if [[ $prev == -C ]]; then
    compopt -o default
    return
  fi
  if [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W '${[...globalFlags.map((option) => option.flag), ...commands.map((command) => command.name)].join(' ')}' -- "$cur")
    return
  fi
  case $command:$prev in
${choiceCases(commands)}
  esac
  case $command in
${commands.map(commandCase).join('\n')}
  esac
  # Readline adds file names where nothing else matches.
  compopt -o default
}
complete -F _openagentic_overlay openagentic-overlay
`
}

function choiceCases(commands: readonly CommandDescription[]): string {
  const cases = commands.flatMap(({ name, options }) =>
    options
      .filter((option) => option.takesValue)
      .map(({ flag, choices }) => {
        const words = `mapfile -t COMPREPLY < <(compgen -W '${choices.join(' ')}' -- "$cur")`
        return `    ${name}:${flag}) ${choices.length > 0 ? words : 'compopt -o default'}; return ;;`
      }),
  )
  return cases.join('\n')
}

function commandCase({ name, options, session }: CommandDescription): string {
  const flags = [...options, ...globalFlags].map((option) => option.flag).join(' ')
  const words = name === 'completion' ? 'bash zsh fish' : ''
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell expands it
  const sessions = session ? ' $(_openagentic_overlay_sessions "${project[@]}")' : ''
  return `    ${name})
      if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '${flags}' -- "$cur")
        return
      else
        mapfile -t COMPREPLY < <(compgen -W "${words}${sessions}" -- "$cur")
      fi ;;`
}
