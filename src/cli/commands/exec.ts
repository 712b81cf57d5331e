import {
  type ByteString,
  createModuleHashes,
  type ExecOptions,
  type ExecResult,
  execModule,
  findWasmtime,
  jsonName,
  OverlayError,
  parseByteLimit,
  parseTimeLimit,
  quoteName,
  type Session,
} from '../../index.js'
import { typedBytes } from '../arguments.js'
import { attachedSession } from '../chosen-session.js'
import { collectEnv } from '../collect.js'
import type { CommandResult, CommandSpec, Invocation } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { moduleCacheDir } from '../module-cache-dir.js'
import { projectPath } from '../paths.js'
import { recordExec } from '../record-exec.js'
import { execResultJson } from '../render/exec-result.js'
import { fromCwd } from '../scope.js'

interface ExecFlags {
  readonly time?: number
  readonly memory?: number
  readonly output?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly wasmtime?: string
  readonly allowPrecompiled?: boolean
}

export const execCommand: CommandSpec = {
  name: 'exec',
  define: (command) =>
    command
      .argument('[session]', 'the session')
      .usage('[options] [session] -- MODULE [ARG…]')
      .option('--time <duration>', 'end the module after this long, such as 10s', parseTimeLimit)
      .option('--memory <size>', 'memory that the module may use, such as 512MiB', parseByteLimit)
      .option('--output <size>', 'output that the module may write, such as 10MiB', parseByteLimit)
      .option('--env <name=value>', 'a variable for the module, which gets no other (repeatable)', collectEnv)
      .option('--cwd <dir>', 'its working directory, below the session’s merged directory')
      .option('--wasmtime <path>', 'this wasmtime program')
      .option('--allow-precompiled', 'run a .cwasm, which is native code and not confined')
      .description('run a WASI module in the session'),
  run,
}

async function run(context: CommandContext, invocation: Invocation): Promise<CommandResult> {
  const [module, ...args] = invocation.after ?? []
  if (module === undefined || module === '') throw noModule()
  const session = await attachedSession(context, invocation.operands[0])
  const options = await execOptions(context, session, invocation.options as ExecFlags, [module, ...args])
  const { result, json, notes } = await execInSession(context, session, [module, ...args], options)
  return { json, human: undefined, errors: endingLines(result, options), notes, status: result.exitCode }
}

/** A run as the log of its session has it. */
export interface ExecInSession {
  readonly result: ExecResult
  readonly json: Readonly<Record<string, unknown>>
  readonly notes: readonly string[]
}

/** Runs a module, and writes into the session's log what it changed. `argv` is for the log. */
export async function execInSession(
  context: CommandContext,
  session: Session,
  argv: readonly ByteString[],
  options: ExecOptions,
): Promise<ExecInSession> {
  const startNs = context.ports.machine.realtimeNs()
  const result = await execModule(context.ports, options)
  const aftermath = await recordExec(context, session, argv, result, startNs)
  const json = { session: session.id, ...execResultJson(result), ...aftermath.json }
  return { result, json, notes: aftermath.notes }
}

/** What every run takes from its surroundings; the same may serve for many. */
export type ExecSurroundings = Pick<ExecOptions, 'wasmtime' | 'cacheDir' | 'moduleHashes'>

export async function execSurroundings(
  { ports, env, ownTools }: CommandContext,
  program: string | undefined = env.wasmtime,
): Promise<ExecSurroundings> {
  const wasmtime = await findWasmtime(ports, { program, toolDirs: [ownTools], searchPath: env.path })
  return { wasmtime, cacheDir: moduleCacheDir(env), moduleHashes: createModuleHashes() }
}

async function execOptions(
  context: CommandContext,
  session: Session,
  flags: ExecFlags,
  [module, ...args]: readonly [ByteString, ...ByteString[]],
): Promise<ExecOptions> {
  const { signal, globals } = context
  const start = { project: session.project, merged: session.merged, start: session.project }
  return {
    ...(await execSurroundings(context, flags.wasmtime)),
    merged: session.merged,
    module: fromCwd(context, module),
    args: args.map(textOf),
    env: flags.env,
    cwd: flags.cwd === undefined ? undefined : projectPath(start, typedBytes(flags.cwd)),
    stdin: 'inherit',
    stdout: globals.json ? undefined : context.out,
    stderr: globals.json ? undefined : context.err,
    collect: globals.json,
    timeLimitMs: flags.time,
    memoryLimitBytes: flags.memory,
    outputLimitBytes: flags.output,
    allowPrecompiled: flags.allowPrecompiled,
    onCompiling: compilingProgress(context),
    signal,
  }
}

/** Compiling has no steps to count: the line stands there while it takes. */
function compilingProgress({ progress }: CommandContext): (busy: boolean) => void {
  let timer: NodeJS.Timeout | undefined
  return (busy) => {
    clearInterval(timer)
    if (busy) timer = setInterval(() => progress.update('compiling the module', 0, 0), 200)
    else progress.clear()
  }
}

/** Why it ended, unless by itself: its own output does not say. */
function endingLines({ ended, trap, signal }: ExecResult, options: ExecOptions): string[] {
  switch (ended) {
    case 'exit':
      return []
    case 'timeout':
      return [`error: the module ran longer than ${options.timeLimitMs} ms (--time), and was ended`]
    case 'output-limit':
      return [`error: the module wrote more than ${options.outputLimitBytes} bytes (--output), and was ended`]
    case 'out-of-memory':
      return [`error: the module wanted more memory than it may use (--memory)${trap === undefined ? '' : `: ${trap}`}`]
    case 'trap':
      return [`error: the module trapped${trap === undefined ? '' : `: ${trap}`}`]
    case 'killed':
      return [`error: the module was ended by ${signal ?? 'a signal'}`]
    case 'aborted':
      return ['error: interrupted']
  }
}

/** WASI strings are UTF-8. */
function textOf(bytes: ByteString): string {
  const text = jsonName(bytes)
  if (!/\p{Surrogate}/u.test(text)) return text
  throw new OverlayError('USAGE', `Expected arguments for the module in UTF-8, got ${quoteName(bytes)}`, {
    hint: 'WASI knows no other text: a module gets such a name by listing its directory.',
  })
}

function noModule(): OverlayError {
  return new OverlayError('USAGE', 'Expected a module after `--`, got none', {
    hint: 'For example: `openagentic-overlay exec -- tool.wasm --option file`.',
  })
}
