import { findHolder } from './find-holder.js'
import type { Addon } from './load-addon.js'

export type ProgramEnd =
  | { readonly kind: 'exit'; readonly exitCode: number }
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'not-started'; readonly errno: string }

export interface ProgramOutcome {
  readonly end: ProgramEnd
  readonly stdout: string
  readonly stderr: string
}

/** A program of the package's own, which reads a little and says a little. */
export interface HelperProgram {
  /** Its path. @throws OverlayError `NATIVE_ADDON_MISSING` */
  readonly program: string
  /** Runs it with an empty environment, until it has ended and nobody holds its output open. */
  run(args: readonly string[], input: Uint8Array): Promise<ProgramOutcome>
}

/**
 * openagentic-holder. The addon starts it: it is on the way of every mount, and to load what Node starts programs with
 * would take longer than all that it does.
 */
export function holderProgram(addon: Addon, find: () => string = findHolder): HelperProgram {
  let found: string | undefined
  const path = (): string => {
    found ??= find()
    return found
  }
  return {
    get program() {
      return path()
    },
    async run(args, input) {
      const { exitCode, signal, errno, stdout, stderr } = await addon.runProgram(path(), [...args], input)
      return { end: endOf(exitCode, signal, errno), stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
    },
  }
}

function endOf(exitCode: number | undefined, signal: number | undefined, errno: string | undefined): ProgramEnd {
  if (exitCode !== undefined) return { kind: 'exit', exitCode }
  if (signal !== undefined) return { kind: 'signal', signal }
  return { kind: 'not-started', errno: errno ?? 'UNKNOWN' }
}
