import { OverlayError } from '../errors/overlay-error.js'
import type { HelperProgram } from '../os/helper-program.js'

/** The step that the holder could not do. */
export interface Refusal {
  /** As the holder names it: `unshare`, `uid_map`, `fsopen`, `create`, and so on. */
  readonly step: string
  /** Name of the errno; `undefined` where no system call failed. */
  readonly errno: string | undefined
  /** The kernel's own words, or the holder's; may be empty. */
  readonly message: string
}

export type HolderAnswer = { readonly ok: true; readonly pid: number } | ({ readonly ok: false } & Refusal)

/**
 * Runs the holder program once: `args` and `input` as native-helpers/holder/src/main.rs says. With `mount` a process
 * stays behind, and the answer has its id.
 * @throws OverlayError `MOUNT_FAILED` when the program cannot be run or does not answer
 */
export async function askHolder(
  holder: HelperProgram,
  args: readonly string[],
  input: Uint8Array,
): Promise<HolderAnswer> {
  const { end, stdout, stderr } = await holder.run(args, input)
  const said = stdout.trim()
  const answer = parseAnswer(said)
  if (answer !== undefined) return answer
  const how =
    end.kind === 'exit'
      ? `status ${end.exitCode}`
      : end.kind === 'signal'
        ? `signal ${end.signal}`
        : `error ${end.errno}`
  const words = stderr.trim() || said
  throw new OverlayError(
    'MOUNT_FAILED',
    `Expected an answer of ${holder.program}, got ${how}${words && `: ${words}`}`,
    {
      path: holder.program,
      hint: 'run ./scripts/build-native.sh',
    },
  )
}

function parseAnswer(line: string): HolderAnswer | undefined {
  if (!line.startsWith('{')) return undefined
  const answer = JSON.parse(line) as {
    ok: boolean
    pid?: number
    step?: string
    errno?: string | null
    message?: string
  }
  if (answer.ok) return { ok: true, pid: Number(answer.pid) }
  return {
    ok: false,
    step: String(answer.step),
    errno: answer.errno ?? undefined,
    message: answer.message ?? '',
  }
}
