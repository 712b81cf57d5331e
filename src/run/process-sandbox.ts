import { OverlayError } from '../errors/overlay-error.js'
import type { Fd } from '../os/file-ops.js'
import type { RunPorts } from './run-ports.js'
import { runProgram } from './run-program.js'

/** A program that is about to be started. */
export interface ConfinedCommand {
  readonly program: string
  readonly args: readonly string[]
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Open descriptors that the program gets as 3, 4 and so on, and opens again by `/proc/self/fd/<number>`. */
  readonly fds: readonly Fd[]
}

/** Puts something of its own around wasmtime: WASI keeps the module in, this keeps a broken wasmtime in. */
export interface ProcessSandbox {
  /** As it names itself on standard error when it fails: `bwrap: …`. */
  readonly name: string
  /** The command to start instead. Descriptors keep their numbers; the sandbox dies with the command, and the command with the sandbox. */
  wrap(command: ConfinedCommand): ConfinedCommand | Promise<ConfinedCommand>
}

/** Whether the sandbox, and not what ran in it, may have said this and ended with status 1. */
export function soundsLikeFailure({ name }: ProcessSandbox, exitCode: number, errors: Uint8Array): boolean {
  return exitCode === 1 && Buffer.from(errors).toString('latin1').startsWith(`${name}: `)
}

/**
 * Has the sandbox run `wasmtime --version`. A module can write what a failing sandbox writes; it cannot make this fail.
 * @throws OverlayError `SANDBOX_UNAVAILABLE` when that fails
 */
export async function probeSandbox({ runner }: RunPorts, sandbox: ProcessSandbox, wasmtime: string): Promise<void> {
  const wrapped = await sandbox.wrap({ program: wasmtime, args: ['--version'], env: {}, fds: [] })
  const { end, stderr } = await runProgram(runner, wrapped, { timeLimitMs: 10_000 })
  if (end.kind === 'exit' && end.exitCode === 0) return
  throw sandboxUnavailable(sandbox, end.kind === 'not-started' ? `it cannot be executed (${end.errno})` : stderr.trim())
}

export function sandboxUnavailable({ name }: ProcessSandbox, reason: string): OverlayError {
  return new OverlayError('SANDBOX_UNAVAILABLE', `Expected the sandbox ${name} to start wasmtime: ${reason}`, {
    hint: 'Install bubblewrap, which scripts/setup.sh --dev does, allow it user namespaces, or do without a process sandbox.',
  })
}
