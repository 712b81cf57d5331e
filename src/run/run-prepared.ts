import { OverlayError } from '../errors/overlay-error.js'
import type { Fd } from '../os/file-ops.js'
import type { OutputSink, RunningProcess } from '../os/process-runner.js'
import type { ExecOptions, ExecResult } from './exec-options.js'
import { endingOf, insideEnd, type KillReason } from './exit-status.js'
import { guestEnv } from './guest-env.js'
import { outputMeter } from './output-meter.js'
import { probeSandbox, sandboxUnavailable, soundsLikeFailure } from './process-sandbox.js'
import { reportSplitter } from './report-splitter.js'
import type { RunPorts } from './run-ports.js'
import { fdPath, unguessablePrefix } from './unguessable-path.js'
import { runArguments } from './wasmtime-arguments.js'
import { parseReport, type Report, reportBeginnings } from './wasmtime-report.js'
import { guestRoot, type WorkspaceDirs } from './workspace-dirs.js'

/** One run of a module whose files are open. */
export interface PreparedRun {
  readonly module: { readonly fd: Fd; readonly interruptible: boolean; readonly manyMemories: boolean }
  readonly preloads: readonly { readonly name: string; readonly fd: Fd }[]
  readonly workspace: WorkspaceDirs
  readonly argv0: string
}

export interface RunOutcome {
  readonly result: ExecResult
  readonly report: Report | undefined
}

/** wasmtime's own time limit comes this much after ours; it counts when this process was killed meanwhile. */
const secondLineMs = 2000
const firstFd = 3
const collectedBytes = 64 * 1024 * 1024

export async function runPrepared(ports: RunPorts, options: ExecOptions, run: PreparedRun): Promise<RunOutcome> {
  const prefix = unguessablePrefix()
  const fds = [run.workspace.cwd, run.workspace.root, run.module.fd, ...run.preloads.map(({ fd }) => fd)]
  const path = (index: number): string => fdPath(firstFd + index, prefix)
  const preloads = run.preloads.map(({ name }, index) => ({ name, path: path(3 + index) }))
  const { args: envArgs, env } = guestEnv({ PWD: run.workspace.guestCwd, ...options.env })
  const timeLimitMs = options.timeLimitMs
  const args = runArguments({
    version: options.wasmtime.version,
    module: path(2),
    preloads,
    argv0: run.argv0,
    args: options.args ?? [],
    env: envArgs,
    // The working directory first: it is what a program sees that takes the first directory and looks no further.
    preopens: [
      { path: fdPath(firstFd), guest: '.' },
      { path: fdPath(firstFd + 1), guest: guestRoot },
    ],
    guestCwd: run.workspace.guestCwd,
    memoryLimitBytes: options.memoryLimitBytes,
    manyMemories: run.module.manyMemories,
    timeoutMs: timeLimitMs === undefined || !run.module.interruptible ? undefined : timeLimitMs + secondLineMs,
  })

  const killer = createKiller()
  const limit = options.outputLimitBytes ?? (hasUnlimitedStream(options) ? collectedBytes : undefined)
  const meter = outputMeter(limit, () => killer.kill('output-limit'))
  const stdout = meter.stream(options.stdout, options.collect === true, options.stdoutLimitBytes)
  const stderr = meter.stream(options.stderr, options.collect === true, options.stderrLimitBytes)
  const splitter = reportSplitter(reportBeginnings(path(2), preloads))
  let firstErrors: Uint8Array = new Uint8Array(0)
  const guestErrors: OutputSink = (chunk) => {
    if (firstErrors.length === 0) firstErrors = chunk.slice(0, 64)
    return stderr.write(splitter.push(chunk))
  }

  const { sandbox } = options
  // Its runtime starts a thread for each core, and a module runs on one. The guest has nothing of this environment but what it is told.
  const command = { program: options.wasmtime.path, args, env: { TOKIO_WORKER_THREADS: '1', ...env }, fds }
  const confined = (await sandbox?.wrap(command)) ?? command
  const started = performance.now()
  const process = await ports.runner.start({
    ...confined,
    stdin: options.stdin,
    stdout: stdout.write,
    stderr: guestErrors,
  })
  const end = await killer.watch(process, timeLimitMs, options.signal)
  const durationMs = performance.now() - started
  if (end.kind === 'not-started') {
    if (sandbox !== undefined && end.errno !== 'E2BIG')
      throw sandboxUnavailable(sandbox, `it cannot be executed (${end.errno})`)
    throw notStarted(options.wasmtime.path, end.errno)
  }
  const { rest, report: text } = splitter.end()
  await stderr.write(rest)
  if (sandbox !== undefined && end.kind === 'exit' && soundsLikeFailure(sandbox, end.exitCode, firstErrors)) {
    await probeSandbox(ports, sandbox, options.wasmtime.path)
  }
  const report = text === undefined ? undefined : parseReport(text)
  const result: ExecResult = {
    ...endingOf(sandbox === undefined ? end : insideEnd(end), report, killer.reason()),
    stdout: stdout.collected(),
    stderr: stderr.collected(),
    stdoutTruncated: stdout.truncated(),
    stderrTruncated: stderr.truncated(),
    durationMs,
  }
  return { result, report }
}

function notStarted(path: string, errno: string): OverlayError {
  switch (errno) {
    case 'E2BIG':
      return new OverlayError(
        'USAGE',
        'Expected arguments and variables that a program can be given, got too long ones',
        {
          hint: 'Linux takes 128 KiB for one, and a few megabytes for all. Give the module what is long by standard input or a file.',
        },
      )
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EACCES':
    case 'ENOEXEC':
      return new OverlayError('WASMTIME_MISSING', `wasmtime at ${path} cannot be executed (${errno})`, {
        path,
        hint: 'Run ./scripts/setup.sh to install it.',
      })
    default:
      return new OverlayError('WASMTIME_FAILED', `wasmtime at ${path} could not be started (${errno})`, {
        path,
        hint: 'Look for too many processes or too little memory.',
      })
  }
}

function hasUnlimitedStream({ collect, stdoutLimitBytes, stderrLimitBytes }: ExecOptions): boolean {
  return collect === true && (stdoutLimitBytes === undefined || stderrLimitBytes === undefined)
}

interface Killer {
  kill(reason: KillReason): void
  watch(
    process: RunningProcess,
    timeLimitMs: number | undefined,
    signal: AbortSignal | undefined,
  ): RunningProcess['ended']
  reason(): KillReason | undefined
}

/** Ends the process for the first reason that comes up, be it before it is known. */
function createKiller(): Killer {
  let running: RunningProcess | undefined
  let reason: KillReason | undefined
  const kill = (why: KillReason): void => {
    reason ??= why
    running?.kill('SIGKILL')
  }
  return {
    kill,
    reason: () => reason,
    watch: async (process, timeLimitMs, signal) => {
      running = process
      const abort = (): void => kill('aborted')
      if (signal?.aborted === true) abort()
      signal?.addEventListener('abort', abort)
      const timer = timeLimitMs === undefined ? undefined : setTimeout(() => kill('timeout'), timeLimitMs)
      if (reason !== undefined) process.kill('SIGKILL')
      try {
        return await process.ended
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
    },
  }
}
