import { OverlayError } from '../../errors/overlay-error.js'
import type { Fd } from '../../os/file-ops.js'
import type { ProcessEnd, ProcessRunner } from '../../os/process-runner.js'

export interface MergeTextRequest {
  readonly runner: ProcessRunner
  /** `PATH` that git is looked up in. */
  readonly searchPath: string
  /** Regular files: the session's version, what it built upon, the project's. */
  readonly files: readonly [ours: Fd, base: Fd, theirs: Fd]
  /** Name the versions in conflict markers. */
  readonly labels: readonly [ours: string, base: string, theirs: string]
  readonly signal?: AbortSignal | undefined
}

export interface MergedText {
  /** Without a conflict. */
  readonly clean: boolean
  /** With conflict markers, and what was there before between them, unless it is clean. */
  readonly content: Uint8Array
}

/** Exit statuses up to this count conflicts (git-merge-file(1)). */
const mostConflicts = 127

const longestReason = 2000

/**
 * Merges three texts line by line with `git merge-file`, away from anybody's configuration, attributes and repositories. The
 * versions are handed over open, so that no name of theirs has to be one that a command line can hold.
 * @throws OverlayError `GIT_MISSING`, `GIT_FAILED`, `ABORTED`
 */
export async function mergeText(request: MergeTextRequest): Promise<MergedText> {
  const { runner, searchPath, files, labels, signal } = request
  throwIfAborted(signal)
  const content: Uint8Array[] = []
  let reason = ''
  const child = await runner.start({
    program: 'git',
    args: ['merge-file', '-p', '--diff3', ...labels.flatMap((label) => ['-L', label]), ...childPaths],
    env: {
      PATH: searchPath,
      // Of no repository.
      GIT_DIR: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      LC_ALL: 'C',
    },
    cwd: '/',
    fds: files,
    stdout: (chunk) => {
      content.push(Buffer.from(chunk))
      return undefined
    },
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
    return { clean: conflictsOf(end, reason, searchPath) === 0, content: Buffer.concat(content) }
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** Descriptors that are handed over begin at 3. */
const childPaths = [3, 4, 5].map((fd) => `/proc/self/fd/${fd}`)

function conflictsOf(end: ProcessEnd, reason: string, searchPath: string): number {
  if (end.kind === 'exit' && end.exitCode <= mostConflicts) return end.exitCode
  if (end.kind === 'not-started') {
    throw new OverlayError('GIT_MISSING', `Expected git in PATH (${searchPath}), got ${end.errno}`, {
      hint: 'Install git, or commit with another --on-conflict.',
    })
  }
  const how = end.kind === 'exit' ? `exit status ${end.exitCode}` : end.signal
  const said = reason.trim().slice(0, longestReason)
  throw new OverlayError('GIT_FAILED', `Expected git to merge, got ${how}${said === '' ? '' : `: ${said}`}`, {
    hint: 'The message is from git itself; other policies of --on-conflict work without it.',
  })
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new OverlayError('ABORTED', 'The merge was interrupted')
}
