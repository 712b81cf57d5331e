import type { ProcessEnd, ProcessRequest, ProcessRunner } from '../os/process-runner.js'

export interface ProgramOutcome {
  readonly end: ProcessEnd
  readonly stdout: string
  readonly stderr: string
  /** It was killed because it ran past `timeLimitMs`. */
  readonly timedOut: boolean
}

export interface ProgramLimits {
  readonly timeLimitMs?: number | undefined
  /** Aborting kills the program. */
  readonly signal?: AbortSignal | undefined
}

/** Text is kept up to this many characters for each stream; the rest is thrown away. */
const keptText = 64 * 1024

/** Runs a helper program to its end and keeps the first 64 KiB of what it says. */
export async function runProgram(
  runner: ProcessRunner,
  request: Omit<ProcessRequest, 'stdout' | 'stderr'>,
  limits: ProgramLimits = {},
): Promise<ProgramOutcome> {
  const stdout = keeper()
  const stderr = keeper()
  const process = await runner.start({ ...request, stdout: stdout.take, stderr: stderr.take })
  const kill = (): void => void process.kill('SIGKILL')
  let timedOut = false
  const timer =
    limits.timeLimitMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = process.kill('SIGKILL')
        }, limits.timeLimitMs)
  if (limits.signal?.aborted === true) kill()
  limits.signal?.addEventListener('abort', kill)
  try {
    const end = await process.ended
    return { end, stdout: stdout.text(), stderr: stderr.text(), timedOut }
  } finally {
    clearTimeout(timer)
    limits.signal?.removeEventListener('abort', kill)
  }
}

function keeper(): { take(chunk: Uint8Array): undefined; text(): string } {
  const chunks: Uint8Array[] = []
  let room = keptText
  return {
    take: (chunk) => {
      if (room > 0) chunks.push(chunk.subarray(0, room))
      room -= chunk.length
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}
