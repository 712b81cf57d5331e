import { stoppedOnRequest } from '../os/pace.js'

/** So many at once, the others in the order in which they came. */
export interface Slots {
  /**
   * Waits for a slot; the function gives it back.
   * @throws OverlayError `ABORTED`
   */
  take(signal?: AbortSignal): Promise<() => void>
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting = new Set<() => void>()
  const giveBack = (): void => {
    const [next] = waiting
    if (next === undefined) free += 1
    else {
      waiting.delete(next)
      next()
    }
  }
  return {
    take: async (signal) => {
      if (signal?.aborted === true) throw stoppedOnRequest(signal)
      if (free > 0) free -= 1
      else await turn(waiting, signal)
      let taken = true
      return () => {
        if (taken) giveBack()
        taken = false
      }
    },
  }
}

function turn(waiting: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = (): void => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }
    const leave = (): void => {
      waiting.delete(go)
      reject(stoppedOnRequest(signal))
    }
    waiting.add(go)
    signal?.addEventListener('abort', leave, { once: true })
  })
}
