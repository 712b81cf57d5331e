import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import type { OutputSink, ProcessEnd, ProcessRequest, ProcessRunner, RunningProcess } from './process-runner.js'

/** The runner of real programs. execa is loaded at the first start, not before: most commands start nothing. */
export function execaRunner(): ProcessRunner {
  return { start }
}

interface Outcome {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly code?: string | undefined
}

type Output = OutputSink | 'inherit' | undefined

async function start(request: ProcessRequest): Promise<RunningProcess> {
  const { execa } = await import('execa')
  const stdin = request.stdin ?? 'ignore'
  const bytes = stdin instanceof Uint8Array ? stdin : undefined
  const child = execa(request.program, request.args, {
    stdio: [
      stdin instanceof Uint8Array ? 'pipe' : typeof stdin === 'string' ? stdin : ['pipe', stdin],
      output(request.stdout),
      output(request.stderr),
      // Any descriptor works; execa's types name the first ones only.
      ...((request.fds ?? []) as readonly 3[]),
    ],
    ...(bytes === undefined ? {} : { input: bytes }),
    ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
    env: request.env,
    extendEnv: false,
    encoding: 'buffer',
    buffer: false,
    reject: false,
  })
  const pumps = [pump(child.stdout, request.stdout), pump(child.stderr, request.stderr)]
  return {
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    ended: finish(child, pumps, () => child.kill('SIGKILL')),
  }
}

function output(to: Output): 'ignore' | 'inherit' | 'pipe' {
  return to === undefined ? 'ignore' : to === 'inherit' ? to : 'pipe'
}

async function pump(stream: Readable | null | undefined, to: Output): Promise<void> {
  if (stream === null || stream === undefined || to === undefined || to === 'inherit') return
  for await (const chunk of stream) await to(chunk as Uint8Array)
}

async function finish(child: PromiseLike<Outcome>, pumps: Promise<void>[], kill: () => void): Promise<ProcessEnd> {
  const [, outcome] = await Promise.all([Promise.all(pumps).catch((error) => stop(error, kill)), child])
  const { exitCode, signal, code } = outcome
  if (exitCode !== undefined) return { kind: 'exit', exitCode }
  if (signal !== undefined) return signalEnd(signal as NodeJS.Signals)
  return { kind: 'not-started', errno: code ?? 'UNKNOWN' }
}

function signalEnd(signal: NodeJS.Signals): ProcessEnd {
  return { kind: 'signal', signal, number: constants.signals[signal] }
}

function stop(error: unknown, kill: () => void): never {
  kill()
  throw error
}
