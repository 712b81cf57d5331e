import { Argument } from 'commander'
import type { CommandSpec } from '../command-spec.js'
import { bashCompletion } from '../completion/bash.js'
import { type CommandDescription, describeCommands } from '../completion/describe-commands.js'
import { fishCompletion } from '../completion/fish.js'
import { zshCompletion } from '../completion/zsh.js'

const shells: Readonly<Record<string, (commands: readonly CommandDescription[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** `specs` are all commands, this one among them. */
export function completionCommand(specs: () => Promise<readonly CommandSpec[]>): CommandSpec {
  return {
    name: 'completion',
    define: (command) =>
      command
        .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(shells)))
        .description('print a completion script for a shell'),
    async run(_context, { operands }) {
      const [shell = ''] = operands
      const script = shells[shell]?.(describeCommands(await specs())) ?? ''
      return { json: { shell, script }, human: script }
    },
  }
}
