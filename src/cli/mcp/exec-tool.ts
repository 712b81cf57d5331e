import { z } from 'zod'
import { type ExecOptions, OverlayError, type Session } from '../../index.js'
import { typedBytes } from '../arguments.js'
import { attachedSession } from '../chosen-session.js'
import type { ExecSurroundings } from '../commands/exec.js'
import type { CommandContext } from '../context.js'
import { projectPath } from '../paths.js'
import { defineTool } from './define-tool.js'
import { createGate } from './gate.js'
import { modulePlace } from './module-place.js'
import { directory, modulePath, programText, session, words } from './schemas.js'
import type { ServerOptions } from './server-options.js'
import { rememberSurroundings, type Surroundings } from './surroundings.js'
import type { McpTool, ToolResult } from './tool.js'

/** A client that calls for hundreds at once gets them all, one after another. */
const mostAtOnce = 4

export function execTool(options: ServerOptions): McpTool {
  const gate = createGate(mostAtOnce)
  const surroundings = rememberSurroundings()
  return defineTool({
    name: 'exec',
    title: 'Run a WASI module in a session',
    description: `Runs a WASI module by wasmtime with the session’s merged directory as \`/workspace\`, and nothing else of the machine. \`ended\` says how it ended (exit, trap, timeout, out-of-memory, output-limit, killed), \`exitStatus\` its status, \`changes\` what it changed in the session.${givenModules(options)}`,
    hints: { readOnly: false, destructive: false },
    schema: execSchema(options),
    run: (context, input) => gate.pass(context.signal, () => exec(context, { options, surroundings }, input)),
  })
}

function givenModules({ modules }: ServerOptions): string {
  const names = [...modules.keys()]
  return names.length === 0 ? '' : ` Modules that are there in every session, by name: ${names.join(', ')}.`
}

type ExecSchema = ReturnType<typeof execSchema>

function execSchema({ limits }: ServerOptions) {
  return z.strictObject({
    session,
    module: modulePath.describe(
      'The module: a path in the session (.wasm or .wat), or the name of one that the server has.',
    ),
    args: words.describe('Its arguments, without its own name.'),
    env: z.record(programText, programText).optional().describe('Its environment; it gets no other.'),
    cwd: directory.describe('Its working directory in the session; the top where it is left out.'),
    stdin: z.string().max(4_194_304).optional().describe('Its standard input.'),
    time_ms: limit(limits.timeMs).describe('Milliseconds that it may run.'),
    memory_bytes: limit(limits.memoryBytes).describe('Memory that it may use.'),
    output_bytes: limit(limits.outputBytes).describe('Output that it may write; past it the module is ended.'),
  })
}

/** A call may ask for less than the user allows, never for more. */
function limit(most: number): z.ZodDefault<z.ZodNumber> {
  return z.int().min(1).max(most).default(most)
}

interface ExecServer {
  readonly options: ServerOptions
  readonly surroundings: Surroundings
}

async function exec(
  context: CommandContext,
  { options, surroundings }: ExecServer,
  input: z.output<ExecSchema>,
): Promise<ToolResult> {
  const { execInSession } = await import('../commands/exec.js')
  const chosen = await attachedSession(context, input.session)
  const request = { ...execOptions(context, chosen, options, input), ...(await surroundings.of(context)) }
  const argv = [input.module, ...(input.args ?? [])].map(typedBytes)
  try {
    const { json, notes } = await execInSession(context, chosen, argv, request)
    return { json, messages: json.changes === null ? notes : [] }
  } catch (error) {
    if (error instanceof OverlayError && error.code.startsWith('WASMTIME_')) surroundings.forget()
    throw error
  }
}

function execOptions(
  { signal }: CommandContext,
  chosen: Session,
  server: ServerOptions,
  input: z.output<ExecSchema>,
): Omit<ExecOptions, keyof ExecSurroundings> {
  const { merged, project } = chosen
  const { module, below } = modulePlace(chosen, input.module, server)
  return {
    merged,
    module,
    moduleBelow: below,
    args: input.args,
    env: input.env,
    cwd: input.cwd === undefined ? undefined : projectPath({ project, merged, start: project }, typedBytes(input.cwd)),
    // Never that of the server, which is the protocol's.
    stdin: input.stdin === undefined ? 'ignore' : Buffer.from(input.stdin),
    collect: true,
    timeLimitMs: input.time_ms,
    memoryLimitBytes: input.memory_bytes,
    outputLimitBytes: input.output_bytes,
    signal,
  }
}
