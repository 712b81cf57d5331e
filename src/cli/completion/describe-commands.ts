import { Command } from 'commander'
import type { CommandSpec } from '../command-spec.js'

/** What a completion script needs to know of one command. */
export interface CommandDescription {
  readonly name: string
  readonly text: string
  readonly options: readonly OptionDescription[]
  /** Its first operand may be a session. */
  readonly session: boolean
}

export interface OptionDescription {
  readonly flag: string
  readonly text: string
  readonly takesValue: boolean
  /** All that it takes, if that is a closed list. */
  readonly choices: readonly string[]
}

/** Reads the commands' own definitions, so that completion cannot fall behind them. */
export function describeCommands(specs: readonly CommandSpec[]): CommandDescription[] {
  return specs.map((spec) => {
    const command = spec.define(new Command(spec.name))
    return {
      name: spec.name,
      text: command.description(),
      session: command.registeredArguments[0]?.name() === 'session',
      options: command.options.map((option) => ({
        flag: option.long ?? option.short ?? option.flags,
        text: option.description,
        takesValue: option.required || option.optional,
        choices: option.argChoices ?? [],
      })),
    }
  })
}

export const globalFlags: readonly OptionDescription[] = [
  { flag: '-C', text: 'the project', takesValue: true, choices: [] },
  { flag: '--json', text: 'print one JSON object', takesValue: false, choices: [] },
  { flag: '--quiet', text: 'print results and errors only', takesValue: false, choices: [] },
  { flag: '--help', text: 'show help', takesValue: false, choices: [] },
  { flag: '--version', text: 'show the version', takesValue: false, choices: [] },
]
