import { OverlayError } from '../index.js'
import type { Environment } from './environment.js'

/** The three standard streams as a person or a program sees them. */
export interface Terminal {
  /** Somebody can be asked: standard input and standard error are terminals. */
  readonly interactive: boolean
  /** Standard output is a terminal: page and colour. */
  readonly paged: boolean
  readonly coloured: boolean
  /** Standard error is a terminal that may be redrawn. */
  readonly progress: boolean
  /** Asks on standard error; no for anything but an answer that begins with `y`. */
  confirm(question: string, signal: AbortSignal): Promise<boolean>
}

export function openTerminal(env: Environment, quiet: boolean): Terminal {
  const out = process.stdout.isTTY === true
  const err = process.stderr.isTTY === true
  return {
    interactive: process.stdin.isTTY === true && err && !env.ci,
    paged: out && !env.ci,
    coloured: out && !env.noColor,
    progress: err && !env.ci && !quiet && env.terminal.TERM !== 'dumb',
    confirm,
  }
}

/** The terminal edits the line itself, so Ctrl-C stays a signal. */
async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  // Loaded for a question alone: it costs more start-up time than most commands take.
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), closed])
    return /^y/i.test(answer.trim())
  } catch (error) {
    if (!signal.aborted) throw error
    throw new OverlayError('ABORTED', 'Interrupted at a question', { cause: error })
  } finally {
    lines.close()
  }
}
