import { appendFileSync } from 'node:fs'

/** What was tried: each was followed by a look at the whole tree. */
export interface Tried {
  /** Moments at which everything was stopped: commit, undo or recovery. */
  crashes: number
  /** Errors that one call returned. */
  errors: number
}

export function nothingTried(): Tried {
  return { crashes: 0, errors: 0 }
}

/** Adds to the file that `OVERLAY_FAULT_COUNTS` names; `scripts/test.sh` prints the sums. */
export function reportTried({ crashes, errors }: Tried): void {
  const file = process.env.OVERLAY_FAULT_COUNTS ?? ''
  if (file !== '') appendFileSync(file, `${crashes} ${errors}\n`)
}
