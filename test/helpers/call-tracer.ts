import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { noProgram } from './capability.js'
import { cliProgram } from './cli-bed.js'

const crate = fileURLToPath(new URL('../../native-helpers/call-tracer', import.meta.url))

/** Why programs cannot be traced here. */
export function noTracer(): string | undefined {
  return noProgram('cargo')
}

/** Builds the program where that is due, and returns its path: a fraction of a second when nothing changed. */
export function buildTracer(): string {
  execFileSync('cargo', ['build', '--locked', '--quiet'], { cwd: crate, stdio: ['ignore', 'inherit', 'inherit'] })
  return join(crate, '../target/call-tracer/debug/call-tracer')
}

export interface TraceOptions {
  readonly tracer: string
  /** Only calls about what is at or below it count. */
  readonly below: string
  /** What strikes, as the program takes it: `--kill-before 7`. */
  readonly actions?: readonly string[]
  readonly command: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface TracedCall {
  readonly number: number
  readonly name: string
  /** `0`, `-EIO`, `(not made)` */
  readonly result: string
  readonly paths: readonly string[]
}

export interface Traced {
  /** As a shell reports it: 128 + number after a signal. */
  readonly status: number
  readonly calls: readonly TracedCall[]
  /** Whether an action struck. */
  readonly struck: boolean
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, or to where an action ends it. */
export function trace({ tracer, below, actions = [], command, cwd, env }: TraceOptions): Traced {
  const dir = mkdtempSync(join(tmpdir(), 'overlay-trace-'))
  try {
    const report = join(dir, 'report')
    const words = ['--below', below, '--report', report, ...actions, '--', ...command]
    const { status, signal, stdout, stderr, error } = spawnSync(tracer, words, {
      cwd,
      env: { ...process.env, ...env },
      encoding: 'latin1',
      timeout: 120_000,
    })
    if (error !== undefined) throw error
    const lines = readFileSync(report, 'latin1').trimEnd().split('\n')
    const [is, , struck] = (lines.pop() ?? '').split('\t')
    if (is !== 'end' || status === null) throw new Error(`the tracer failed (${status ?? signal}): ${stderr}`)
    return { status, struck: struck !== '0', calls: lines.map(parseCall), stdout, stderr }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function parseCall(line: string): TracedCall {
  const [number, , name = '', result = '', ...paths] = line.split('\t')
  return { number: Number(number), name, result, paths }
}

/** Runs the built command line, whose calls all pass the tracer: node's own threads would hide some in io_uring. */
export function traceCli(options: Omit<TraceOptions, 'command'>, ...args: string[]): Traced {
  const env = { UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '1', ...options.env }
  return trace({ ...options, env, command: [process.execPath, cliProgram, ...args] })
}
