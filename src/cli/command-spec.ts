import type { Command } from 'commander'
import type { ByteString } from '../index.js'
import type { CommandContext } from './context.js'

/** What a person typed for one command. */
export interface Invocation {
  /** Operands before `--`, in the lossless text form. */
  readonly operands: readonly string[]
  /** Raw words after `--`; `undefined` without one. */
  readonly after: readonly ByteString[] | undefined
  /** commander's values by their camel-case names. */
  readonly options: Readonly<Record<string, unknown>>
}

/** What a command gives back; the command line prints it and exits, nobody else does. */
export interface CommandResult {
  /** Fields of the `--json` object, `version` aside; asked for only when they are printed. */
  readonly json: Readonly<Record<string, unknown>>
  /** Standard output for people; bytes where it is a path for a script. Absent where the command streamed its own. */
  readonly human?: string | Uint8Array | undefined
  /** Lines for people on standard error. */
  readonly errors?: readonly string[]
  /** The same, dropped by `--quiet`. */
  readonly notes?: readonly string[]
  /** 0 unless said; `exec` passes the module's through. */
  readonly status?: number
}

/** A command that is loaded when it is asked for: each needs other parts of the program. */
export interface CommandEntry {
  readonly name: string
  load(): Promise<CommandSpec>
}

/** One command: its name, its part of the command line, and what it does. */
export interface CommandSpec {
  readonly name: string
  /** Operands, options and help text. */
  define(command: Command): Command
  run(context: CommandContext, invocation: Invocation): Promise<CommandResult>
}
