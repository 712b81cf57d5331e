import { isPathGone } from '../os/system-error.js'
import type { SessionView } from './session-view.js'

/** Times that entries may go away under a look at both trees. Whoever removes them faster than that gets the error. */
const tries = 5

/**
 * Looks at both trees, and once more where an entry went away between two calls: a person saves, and may unlink a file to write it anew. The
 * next look finds what there is then.
 */
export async function lookAgain<T>({ base, upper }: SessionView, look: () => T | Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await look()
    } catch (error) {
      if (!isPathGone(error) || attempt === tries) throw error
      base.forget()
      upper.forget()
    }
  }
}
