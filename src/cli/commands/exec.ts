import {
  type AbsPath,
  absPath,
  type ByteString,
  bytesFromText,
  type ExecResult,
  execModule,
  findWasmtime,
  jsonName,
  OverlayError,
  parseByteLimit,
  parseTimeLimit,
  quoteName,
  reviewSession,
  type Session,
} from '../../index.js'
import { typedBytes } from '../arguments.js'
import { attachedSession } from '../chosen-session.js'
import { collectEnv } from '../collect.js'
import type { CommandResult, CommandSpec, Invocation } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { projectPath } from '../paths.js'
import { count } from '../units.js'

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
  const flags = invocation.options as ExecFlags
  const session = attachedSession(context, invocation.operands[0])
  const { ports, env, signal, globals } = context
  const wasmtime = await findWasmtime(ports, {
    program: flags.wasmtime ?? env.wasmtime,
    toolDirs: [ownTools()],
    searchPath: env.path,
  })
  const result = await execModule(ports, {
    merged: session.merged,
    module: modulePath(context, module),
    wasmtime,
    cacheDir: absPath(bytesFromText(`${env.cacheHome}/openagentic/overlay/modules`)),
    args: args.map(textOf),
    env: flags.env,
    cwd: flags.cwd === undefined ? undefined : workingDirectory(session, typedBytes(flags.cwd)),
    stdin: 'inherit',
    stdout: globals.json ? undefined : context.out,
    stderr: globals.json ? undefined : context.err,
    collect: globals.json,
    timeLimitMs: flags.time,
    memoryLimitBytes: flags.memory,
    outputLimitBytes: flags.output,
    allowPrecompiled: flags.allowPrecompiled,
    signal,
  })
  return resultOf(session, result)
}

/** The module's path: relative to where the person stands, not to the project. */
function modulePath({ cwd }: CommandContext, typed: ByteString): AbsPath {
  return absPath(typed.startsWith('/') ? typed : `${cwd}/${typed}`)
}

function workingDirectory(session: Session, typed: ByteString): ReturnType<typeof projectPath> {
  return projectPath({ project: session.project, merged: session.merged, start: session.project }, typed)
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
