import { OverlayError } from '../errors/overlay-error.js'
import type { OutputSink } from '../os/process-runner.js'
import type { Ended } from '../run/exit-status.js'
import type { SkippedEntry } from '../run/files-after.js'
import type { WasiExecInput, WasiExecResult, WasiRunner } from '../run/wasi-input.js'
import type { SnapshotWorkspace, Workspace } from '../workspace/workspace.js'
import type { Bundle, BundledModule } from './bundle.js'
import { type CommandLimits, commandInput, commandInputSchema } from './command-input.js'

export interface CommandToolOptions {
  readonly runner: WasiRunner
  /** The first that has a command counts. */
  readonly bundles: readonly Bundle[]
  readonly workspace: Workspace
  /** The most that a call may use, and what it uses unless it says less. */
  readonly limits?: CommandLimits | undefined
  /** Variables of every command; those of a call come on top. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** What may come with a call. */
export interface CommandContext {
  /** Aborting ends the command. */
  readonly signal?: AbortSignal | undefined
  /** Get the output as it comes. */
  readonly onStdout?: OutputSink | undefined
  readonly onStderr?: OutputSink | undefined
}

/** How a command ended; a failure of the command is a result, not an error. */
export interface CommandOutput {
  readonly ended: Ended
  readonly exitCode: number
  /** UTF-8; other bytes become U+FFFD. */
  readonly stdout: string
  readonly stderr: string
  readonly truncatedStdout: boolean
  readonly truncatedStderr: boolean
  /** `trap` and `out-of-memory`: the reason. */
  readonly trap?: string
  /** What the command left in a workspace without a directory that such a workspace cannot hold. */
  readonly skipped?: readonly SkippedEntry[]
}

const defaults: CommandLimits = { stdoutBytes: 2 ** 20, stderrBytes: 2 ** 20, timeMs: 600_000 }

/** A tool for agents: runs commands from bundles in a workspace, and nothing else of the machine. */
export class CommandTool {
  readonly name = 'Command'
  readonly description: string
  readonly inputSchema: Readonly<Record<string, unknown>> = commandInputSchema
  readonly #options: CommandToolOptions
  /** The last call that works on a snapshot: two at a time would undo each other's changes. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: CommandToolOptions) {
    this.#options = options
    const names = commandNames(options.bundles)
    this.description = `Run a command in the workspace, without a shell, network or other files. Commands: ${names.join(', ')}.`
  }

  /**
   * Runs a command to its end.
   * @param input as `inputSchema` says
   * @throws OverlayError `TOOL_INPUT_INVALID`, `NO_SUCH_COMMAND`, and what the runner and the workspace throw: `MODULE_CHANGED` for a
   * module that is not the one of the manifest, `PATH_INVALID` for a `cwd` that is no directory
   */
  async run(input: unknown, context: CommandContext = {}): Promise<CommandOutput> {
    const { argv, cwd, env, stdin, limits } = commandInput(input)
    const { runner, workspace } = this.#options
    const { signal, onStdout, onStderr } = context
    const job = {
      module: { kind: 'path' as const, ...this.#find(argv[0]) },
      argv,
      cwd,
      env: { ...this.#options.env, ...env },
      stdin,
      limits: lower({ ...defaults, ...this.#options.limits }, limits),
      signal,
      onStdout,
      onStderr,
    }
    if (workspace.directory !== undefined) {
      return outputOf(await runner.execModule({ ...job, preopenDir: workspace.directory }))
    }
    const turn = this.#last.then(() => runOnSnapshot(runner, job, workspace))
    this.#last = turn.catch(() => undefined)
    return outputOf(await turn)
  }

  #find(name: string): BundledModule {
    for (const bundle of this.#options.bundles) {
      const found = bundle.get(name)
      if (found !== undefined) return found
    }
    const commands = commandNames(this.#options.bundles)
    throw new OverlayError('NO_SUCH_COMMAND', `Expected a command of the bundles, got ${JSON.stringify(name)}`, {
      hint: commands.length === 0 ? 'The bundles hold no commands.' : `There are ${commands.join(', ')}.`,
      details: { commands },
    })
  }
}

async function runOnSnapshot(
  runner: WasiRunner,
  job: WasiExecInput,
  workspace: SnapshotWorkspace,
): Promise<WasiExecResult> {
  const result = await runner.execModule({ ...job, fs: { files: await workspace.snapshot() } })
  if (result.fs !== undefined) await workspace.apply(result.fs)
  return result
}

function commandNames(bundles: readonly Bundle[]): string[] {
  return [...new Set(bundles.flatMap((bundle) => [...bundle.keys()]))].sort()
}

function lower(most: CommandLimits, wanted: CommandLimits = {}): CommandLimits {
  const least = (name: keyof CommandLimits): number | undefined => {
    const both = [most[name], wanted[name]].filter((value) => value !== undefined)
    return both.length === 0 ? undefined : Math.min(...both)
  }
  return {
    stdoutBytes: least('stdoutBytes'),
    stderrBytes: least('stderrBytes'),
    timeMs: least('timeMs'),
    memoryBytes: least('memoryBytes'),
  }
}

function outputOf(result: WasiExecResult): CommandOutput {
  const { ended, exitCode, stdout, stderr, truncatedStdout, truncatedStderr, trap, fs } = result
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return {
    ended,
    exitCode,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
    truncatedStdout,
    truncatedStderr,
    ...(trap === undefined ? {} : { trap }),
    ...(fs === undefined || fs.skipped.length === 0 ? {} : { skipped: fs.skipped }),
  }
}
