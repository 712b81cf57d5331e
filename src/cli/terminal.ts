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
  /** Standard error takes colours, for what is shown beside a question. */
  readonly colouredQuestions: boolean
  /** Asks on standard error; no for anything but an answer that begins with `y`. */
  confirm(question: string, signal: AbortSignal): Promise<boolean>
  /** Begins a dialogue of many questions. */
  openQuestions(): Promise<Questions>
}

export interface Questions {
  /** The line that was typed; `undefined` at the end of input. @throws OverlayError `ABORTED` */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>
  close(): void
}

/** Looks at a stream when it is asked about: Node builds each at its first use, and takes its time. */
export function openTerminal(env: Environment, quiet: boolean): Terminal {
  const isTerminal = (name: 'stdin' | 'stdout' | 'stderr'): boolean => process[name].isTTY === true
  return {
    get interactive() {
      return !env.ci && isTerminal('stdin') && isTerminal('stderr')
    },
    get paged() {
      return !env.ci && isTerminal('stdout')
    },
    get coloured() {
      return !env.noColor && isTerminal('stdout')
    },
    get progress() {
      return !env.ci && !quiet && env.terminal.TERM !== 'dumb' && isTerminal('stderr')
    },
    get colouredQuestions() {
      return !env.noColor && isTerminal('stderr')
    },
    confirm,
    openQuestions,
  }
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const questions = await openQuestions()
  try {
    const answer = await questions.ask(`${question} [y/N]`, signal)
    return /^y/i.test(answer?.trim() ?? '')
  } finally {
    questions.close()
  }
}

/** The terminal edits the line itself, so Ctrl-C stays a signal. One reader for all questions: it may hold lines that were typed ahead. */
async function openQuestions(): Promise<Questions> {
  // Loaded for a question alone: it costs more start-up time than most commands take.
  const { createInterface } = await import('node:readline')
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  const typed = lines[Symbol.asyncIterator]()
  return {
    async ask(question, signal) {
      process.stderr.write(`${question} `)
      const line = await unlessAborted(typed.next(), signal)
      return line.done === true ? undefined : line.value
    },
    close: () => lines.close(),
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new OverlayError('ABORTED', 'Interrupted at a question'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
