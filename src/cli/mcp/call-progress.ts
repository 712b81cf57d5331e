import type { ProgressLine } from '../progress.js'

const interval = 1000

export interface CallProgress extends ProgressLine {
  /** No more of it. */
  end(): void
}

/**
 * Tells every second what a call is at: a client that hears of it knows that the call is alive, and need not give it up. `send` gets a number that
 * grows with each, as the protocol wants it; what there is to do differs from step to step.
 */
export function callProgress(send: (step: number, message: string) => void): CallProgress {
  let message = 'working'
  let step = 0
  const timer = setInterval(() => {
    step += 1
    send(step, message)
  }, interval)
  timer.unref()
  return {
    update(label, done, total) {
      message = total > 0 ? `${label} (${done}/${total})` : done > 0 ? `${label} (${done})` : label
    },
    clear() {
      message = 'working'
    },
    end: () => clearInterval(timer),
  }
}
