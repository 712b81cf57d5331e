import { Readable } from 'node:stream'
import { OverlayError } from '../../errors/overlay-error.js'
import type { OutputSink, ProcessEnd, ProcessRunner } from '../../os/process-runner.js'
import type { AbsPath } from '../../paths/byte-string.js'
import { jsonName } from '../../paths/bytes.js'

export interface GitRequest {
  readonly runner: ProcessRunner
  /** `PATH` that git is looked up in. */
  readonly path: string
  readonly repository: AbsPath
  readonly args: readonly string[]
  readonly input?: Iterable<Uint8Array> | undefined
  readonly output?: OutputSink | undefined
  readonly signal?: AbortSignal | undefined
}

/** Longest piece of git's own words that goes into an error. */
const longestReason = 2000

/** Whatever the person or the system configured: it must not change what a patch says, nor run anything. */
const settings = ['core.bare=true', 'core.attributesFile=/dev/null', 'core.hooksPath=/dev/null', 'core.compression=0']

/**
 * Runs git on a repository of ours, away from anybody's configuration, hooks and attributes.
 * @throws OverlayError `GIT_MISSING`, `GIT_FAILED`, `ABORTED`
 */
export async function runGit(request: GitRequest): Promise<void> {
  const { runner, repository, signal } = request
  throwIfAborted(signal)
  const input = watched(request.input)
  let reason = ''
  const child = await runner.start({
    program: 'git',
    args: [...settings.flatMap((setting) => ['-c', setting]), ...request.args],
    env: environment(request.path, repository),
    cwd: '/',
    stdin: input === undefined ? 'ignore' : Readable.from(input.chunks(), { objectMode: false }),
    stdout: request.output,
    stderr: (chunk) => {
      if (reason.length < longestReason) reason += Buffer.from(chunk).toString('utf8')
      return undefined
    },
  })
  const stop = (): void => void child.kill('SIGTERM')
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const end = await child.ended
    throwIfAborted(signal)
    input?.check()
    checkEnd(end, reason.trim().slice(0, longestReason), request.path)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function environment(path: string, repository: AbsPath): Record<string, string> {
  return {
    PATH: path,
    GIT_DIR: jsonName(repository),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    LC_ALL: 'C',
  }
}

/** Keeps the error that the input ended with: the child only sees its input end. */
function watched(
  input: Iterable<Uint8Array> | undefined,
): { chunks(): Generator<Uint8Array>; check(): void } | undefined {
  if (input === undefined) return undefined
  let failure: { readonly error: unknown } | undefined
  return {
    *chunks() {
      try {
        yield* input
      } catch (error) {
        failure = { error }
      }
    },
    check() {
      if (failure !== undefined) throw failure.error
    },
  }
}

function checkEnd(end: ProcessEnd, reason: string, path: string): void {
  if (end.kind === 'exit' && end.exitCode === 0) return
  if (end.kind === 'not-started') throw missing(end.errno, path)
  const how = end.kind === 'exit' ? `exit status ${end.exitCode}` : end.signal
  throw new OverlayError(
    'GIT_FAILED',
    `Expected git to make the diff, got ${how}${reason === '' ? '' : `: ${reason}`}`,
    {
      hint: 'The message is from git itself; `status` and `diff --name-status` work without it.',
    },
  )
}

function missing(errno: string, path: string): OverlayError {
  return new OverlayError('GIT_MISSING', `Expected git in PATH (${path}), got ${errno}`, {
    hint: 'Install git, or use `diff --name-status`, which works without it.',
  })
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new OverlayError('ABORTED', 'The diff was interrupted')
}
