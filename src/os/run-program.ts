import { spawn } from 'node:child_process'

export type ProgramEnd =
  | { readonly kind: 'exit'; readonly exitCode: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'not-started'; readonly errno: string }

export interface ProgramOutcome {
  readonly end: ProgramEnd
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/**
 * Runs a program of ours that reads a little and says a little, with an empty environment. For helpers on the way of
 * every mount: loading the library behind `ProcessRunner` would take longer than they do.
 */
export function runProgram(program: string, args: readonly string[], input: Uint8Array): Promise<ProgramOutcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: {}, stdio: 'pipe' })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    const settle = (end: ProgramEnd): void => {
      resolve({ end, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) })
    }
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', (error) =>
      settle({ kind: 'not-started', errno: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN' }),
    )
    child.on('close', (exitCode, signal) => {
      if (signal === null) settle({ kind: 'exit', exitCode: exitCode ?? 0 })
      else settle({ kind: 'signal', signal })
    })
    // It may end, with a reason, before it has read everything (EPIPE).
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
