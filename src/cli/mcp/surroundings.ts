import type { ExecSurroundings } from '../commands/exec.js'
import type { CommandContext } from '../context.js'

/** Looked up for the first run, and known from then on. */
export interface Surroundings {
  of(context: CommandContext): Promise<ExecSurroundings>
  /** What was replaced or removed meanwhile is looked for again. */
  forget(): void
}

export function rememberSurroundings(): Surroundings {
  let known: ExecSurroundings | undefined
  return {
    async of(context) {
      const { execSurroundings } = await import('../commands/exec.js')
      known ??= await execSurroundings(context)
      return known
    },
    forget() {
      known = undefined
    },
  }
}
