import { OverlayError } from '../errors/overlay-error.js'
import { uptime } from './uptime.js'

/** Lets other work of the process run during a long synchronous job, and stops the job when it is asked to. */
export interface Pace {
  /** Cheap enough for every entry of a walk: `undefined` until the time slice is used up, then a promise to wait for. */
  due(): Promise<void> | undefined
}

/** Time slice in milliseconds: short enough for a smooth progress line and a prompt Ctrl-C. */
const slice = 10

/** The promise of {@link Pace.due} rejects with OverlayError `ABORTED` once `signal` is aborted. */
export function createPace(signal?: AbortSignal): Pace {
  let until = uptime() + slice
  return {
    due() {
      if (uptime() < until) return undefined
      return new Promise((resolve, reject) => {
        setImmediate(() => {
          until = uptime() + slice
          if (signal?.aborted === true) reject(stoppedOnRequest(signal))
          else resolve()
        })
      })
    },
  }
}

export function stoppedOnRequest(signal: AbortSignal | undefined): OverlayError {
  return new OverlayError('ABORTED', 'Stopped on request', { cause: signal?.reason })
}
