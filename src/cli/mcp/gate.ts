import { OverlayError } from '../../index.js'

/** Lets a few in at a time; the others wait in the order in which they came. */
export interface Gate {
  /** @throws OverlayError `ABORTED` while it waits */
  pass<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T>
}

export function createGate(width: number): Gate {
  const waiting = new Set<() => void>()
  let inside = 0
  const enter = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leaveQueue = (): void => {
        waiting.delete(letIn)
        signal.removeEventListener('abort', giveUp)
      }
      const letIn = (): void => {
        leaveQueue()
        inside += 1
        resolve()
      }
      const giveUp = (): void => {
        leaveQueue()
        reject(new OverlayError('ABORTED', 'Interrupted while others were at work'))
      }
      if (signal.aborted) return giveUp()
      if (inside < width) return letIn()
      waiting.add(letIn)
      signal.addEventListener('abort', giveUp)
    })
  return {
    async pass(signal, run) {
      await enter(signal)
      try {
        return await run()
      } finally {
        inside -= 1
        const [next] = waiting
        next?.()
      }
    },
  }
}
