import { type AbsPath, createPorts, type Ports } from '../index.js'
import type { Environment } from './environment.js'
import type { Globals } from './globals.js'
import { type ProgressLine, progressLine } from './progress.js'
import type { RecoveredSession } from './render/recovery.js'
import { openTerminal, type Terminal } from './terminal.js'

/** What a command may use. Nothing in it prints a result: that is `main`'s. */
export interface CommandContext {
  /** Loads the native addon at its first use: `completion` and usage errors go without. */
  readonly ports: Ports
  readonly env: Environment
  readonly cwd: AbsPath
  readonly globals: Globals
  /** Directory of the programs that the checkout's set-up installed for itself. */
  readonly ownTools: string
  readonly terminal: Terminal
  readonly progress: ProgressLine
  readonly signal: AbortSignal
  /** Sessions of which a commit had been cut short, and was brought to its end before the command began. */
  readonly recovered: RecoveredSession[]
  /** Standard output and error, for the commands that stream (`diff`, `exec`) and for questions. */
  readonly out: Write
  readonly err: Write
}

/** Resolves when the reader has taken it. */
export type Write = (chunk: Uint8Array | string) => Promise<void>

export interface ContextOptions {
  readonly recovered: RecoveredSession[]
  readonly env: Environment
  readonly cwd: AbsPath
  readonly globals: Globals
  /** Directory of this package, whose `.tools` the set-up script fills. */
  readonly packageDir: string
  readonly signal: AbortSignal
  readonly out: Write
  readonly err: Write
}

export function commandContext(options: ContextOptions): CommandContext {
  const terminal = openTerminal(options.env, options.globals.quiet)
  let ports: Ports | undefined
  const { packageDir, ...given } = options
  return {
    ...given,
    ownTools: `${packageDir}/.tools/bin`,
    terminal,
    progress: progressLine(
      (text) => void options.err(text),
      () => terminal.progress,
      () => process.uptime() * 1000,
    ),
    get ports() {
      ports ??= createPorts({ packageDir })
      return ports
    },
  }
}
