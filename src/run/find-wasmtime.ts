import { OverlayError } from '../errors/overlay-error.js'
import type { ProcessRunner } from '../os/process-runner.js'
import { runProgram } from './run-program.js'
import { compareVersions, oldestWasmtime, parseWasmtimeVersion } from './wasmtime-version.js'

export interface WasmtimeProgram {
  readonly path: string
  /** `major.minor.patch` */
  readonly version: string
}

export interface FindWasmtimeOptions {
  /** This program and no other. */
  readonly program?: string | undefined
  /** Directories that come before `PATH`: where the checkout's own tools are installed. */
  readonly toolDirs?: readonly string[] | undefined
  /** `PATH`, as the caller's environment has it. */
  readonly searchPath?: string | undefined
}

type Answer =
  | { readonly is: 'good'; readonly program: WasmtimeProgram }
  | { readonly is: 'old'; readonly program: WasmtimeProgram }
  | { readonly is: 'absent' }
  | { readonly is: 'bad'; readonly path: string; readonly reason: string }

const hint = `Run ./scripts/setup.sh, or install wasmtime ${oldestWasmtime} or newer (https://wasmtime.dev) and put it on PATH.`
const versionTimeLimitMs = 10_000

/**
 * The wasmtime to run modules with: `program` if given, else the first in `toolDirs` and `searchPath` that answers
 * `--version` and is new enough.
 * @throws OverlayError `WASMTIME_MISSING`, `WASMTIME_TOO_OLD`
 */
export async function findWasmtime(
  ports: { readonly runner: ProcessRunner },
  options: FindWasmtimeOptions,
): Promise<WasmtimeProgram> {
  const answers: Answer[] = []
  for (const path of candidates(options)) {
    const answer = await ask(ports.runner, path)
    if (answer.is === 'good') return answer.program
    answers.push(answer)
  }
  throw failure(options, answers)
}

function candidates(options: FindWasmtimeOptions): string[] {
  if (options.program !== undefined) return [options.program]
  // An empty or relative field of PATH means the working directory, which may be the project: never run what lies there.
  const searched = (options.searchPath ?? '').split(':').filter((dir) => dir.startsWith('/'))
  return [...new Set([...(options.toolDirs ?? []), ...searched])].map((dir) => `${dir.replace(/\/+$/, '')}/wasmtime`)
}

async function ask(runner: ProcessRunner, path: string): Promise<Answer> {
  const request = { program: path, args: ['--version'], env: {} }
  const { end, stdout, timedOut } = await runProgram(runner, request, { timeLimitMs: versionTimeLimitMs })
  if (end.kind === 'not-started') {
    const absent = end.errno === 'ENOENT' || end.errno === 'ENOTDIR'
    return absent ? { is: 'absent' } : { is: 'bad', path, reason: `it cannot be executed (${end.errno})` }
  }
  const version = parseWasmtimeVersion(stdout)
  if (version === undefined) {
    const reason = timedOut ? 'it does not answer `--version`' : 'it is another program, or broken'
    return { is: 'bad', path, reason }
  }
  return { is: compareVersions(version, oldestWasmtime) < 0 ? 'old' : 'good', program: { path, version } }
}

function failure(options: FindWasmtimeOptions, answers: readonly Answer[]): OverlayError {
  const old = answers.find((answer) => answer.is === 'old')
  if (old !== undefined) {
    const { path, version } = old.program
    return new OverlayError('WASMTIME_TOO_OLD', `Expected wasmtime ${oldestWasmtime} or newer, got ${version}`, {
      path,
      hint,
    })
  }
  const bad = answers.find((answer) => answer.is === 'bad')
  if (bad !== undefined) {
    const message = `Expected wasmtime at ${bad.path}: ${bad.reason}`
    return new OverlayError('WASMTIME_MISSING', message, { path: bad.path, hint })
  }
  const place = options.program === undefined ? 'on PATH' : `at ${options.program}`
  return new OverlayError('WASMTIME_MISSING', `Expected the program wasmtime ${place}, found none`, { hint })
}
