import { OverlayError } from '../errors/overlay-error.js'
import type { Fd } from '../os/file-ops.js'
import type { OutputSink, RunningProcess } from '../os/process-runner.js'
import type { ExecOptions, ExecResult } from './exec-options.js'
import { endingOf, type KillReason } from './exit-status.js'
import { guestEnv } from './guest-env.js'
import { outputMeter } from './output-meter.js'
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
  const limit = options.outputLimitBytes ?? (options.collect === true ? collectedBytes : undefined)
  const meter = outputMeter(limit, () => killer.kill('output-limit'))
  const stdout = meter.stream(options.stdout, options.collect === true)
  const stderr = meter.stream(options.stderr, options.collect === true)
  const splitter = reportSplitter(reportBeginnings(path(2), preloads))
  const guestErrors: OutputSink = (chunk) => stderr.write(splitter.push(chunk))

  const started = performance.now()
  const process = await ports.runner.start({
    program: options.wasmtime.path,
    args,
    env,
    stdin: options.stdin,
    stdout: stdout.write,
    stderr: guestErrors,
    fds,
  })
  const end = await killer.watch(process, timeLimitMs, options.signal)
  const durationMs = performance.now() - started
  if (end.kind === 'not-started') {
    throw new OverlayError(
      'WASMTIME_MISSING',
      `wasmtime at ${options.wasmtime.path} cannot be executed (${end.errno})`,
      {
        path: options.wasmtime.path,
        hint: 'Run ./scripts/setup.sh to install it.',
      },
    )
  }
  const { rest, report: text } = splitter.end()
  await stderr.write(rest)
  const report = text === undefined ? undefined : parseReport(text)
  const result: ExecResult = {
    ...endingOf(end, report, killer.reason()),
    stdout: stdout.collected(),
    stderr: stderr.collected(),
    stdoutTruncated: stdout.truncated(),
    stderrTruncated: stderr.truncated(),
    durationMs,
  }
  return { result, report }
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
