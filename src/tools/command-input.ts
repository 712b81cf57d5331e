import { OverlayError } from '../errors/overlay-error.js'

/** What a command may use. Those of a call count where they are lower than the tool's. */
export interface CommandLimits {
  /** What is over is cut off. 1 MiB unless told. */
  readonly stdoutBytes?: number | undefined
  readonly stderrBytes?: number | undefined
  /** Milliseconds; 10 minutes unless told. */
  readonly timeMs?: number | undefined
  /** No limit unless told. */
  readonly memoryBytes?: number | undefined
}

/** Input of a `CommandTool`. */
export interface CommandInput {
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly stdin?: string | undefined
  readonly limits?: CommandLimits | undefined
}

const limitNames = ['stdoutBytes', 'stderrBytes', 'timeMs', 'memoryBytes'] as const

/** JSON Schema (draft 2020-12) of {@link CommandInput}. */
export const commandInputSchema: Readonly<Record<string, unknown>> = {
  type: 'object',
  properties: {
    argv: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      description: 'The name of the command, then its arguments. There is no shell: no globs, pipes or redirections.',
    },
    cwd: {
      type: 'string',
      description: 'Directory of the workspace to work in, relative to its root. The root when left out.',
    },
    env: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Variables of the command. Nothing is inherited.',
    },
    stdin: { type: 'string', description: 'What the command reads from standard input. Nothing when left out.' },
    limits: {
      type: 'object',
      properties: {
        stdoutBytes: { type: 'integer', minimum: 0, description: 'Output past this is cut off.' },
        stderrBytes: { type: 'integer', minimum: 0, description: 'Errors past this are cut off.' },
        timeMs: { type: 'integer', minimum: 1, description: 'Milliseconds after which the command is ended.' },
        memoryBytes: { type: 'integer', minimum: 1, description: 'Memory at which the command is ended.' },
      },
      additionalProperties: false,
    },
  },
  required: ['argv'],
  additionalProperties: false,
}

/**
 * Checks an input against {@link commandInputSchema}.
 * @throws OverlayError `TOOL_INPUT_INVALID`
 */
export function commandInput(value: unknown): CommandInput {
  const input = record('the input', value, ['argv', 'cwd', 'env', 'stdin', 'limits'])
  const { argv, cwd, env, stdin, limits } = input
  if (!Array.isArray(argv) || argv.length === 0) throw invalid('`argv`', 'an array of at least one string', argv)
  for (const [index, argument] of argv.entries()) text(`\`argv[${index}]\``, argument)
  if (argv[0] === '') throw invalid('`argv[0]`', 'the name of a command', argv[0])
  if (cwd !== undefined) text('`cwd`', cwd)
  if (env !== undefined) {
    for (const [name, variable] of Object.entries(record('`env`', env))) {
      if (name === '' || /[=\0]/.test(name)) throw invalid('`env`', 'names without `=`', name)
      text(`\`env.${name}\``, variable)
    }
  }
  if (stdin !== undefined && typeof stdin !== 'string') throw invalid('`stdin`', 'a string', stdin)
  if (limits !== undefined) checkLimits(record('`limits`', limits, limitNames))
  return input as unknown as CommandInput
}

function checkLimits(limits: Record<string, unknown>): void {
  for (const name of limitNames) {
    const value = limits[name]
    const least = name.startsWith('std') ? 0 : 1
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) continue
    throw invalid(`\`limits.${name}\``, `a whole number from ${least}`, value)
  }
}

function record(what: string, value: unknown, known?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(what, 'an object', value)
  const unknown = known === undefined ? undefined : Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) throw invalid(what, `no field but ${known?.join(', ')}`, unknown)
  return value as Record<string, unknown>
}

function text(what: string, value: unknown): void {
  if (typeof value !== 'string') throw invalid(what, 'a string', value)
  if (value.includes('\0')) throw invalid(what, 'a string without NUL', value)
}

function invalid(what: string, expected: string, value: unknown): OverlayError {
  const shown = JSON.stringify(value)?.slice(0, 100) ?? String(value)
  return new OverlayError('TOOL_INPUT_INVALID', `Expected ${what} to be ${expected}, got ${shown}`, {
    hint: 'For example: {"argv": ["grep", "-n", "TODO", "src/main.ts"]}.',
  })
}
