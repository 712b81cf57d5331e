import { setFlagsFromString } from 'node:v8'
import type { CommitProgress } from '../index.js'

/**
 * Tunes the engine for a command that goes through a session's changes: it runs each of its lines some ten thousand times and ends. Compiling that
 * as if it ran on takes longer than it saves, on processors that the threads which read files could use; what runs much more often is still compiled.
 */
export function tuneForReview(): void {
  // Many times what V8 takes a function's work to be worth it. Those of later Nodes do not know the flag, and print an error.
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=1500000')
  // Most of what is made is kept to the end: copying it within a small young generation is for nothing.
  setFlagsFromString('--semi-space-growth-factor=8')
}

/** Changes, or entries of the upper: above it memory counts for more than the time that it takes to tidy it. */
const many = 30_000

/** `report`, and from so many entries on the heap grows in small steps, most of which are needed. */
export function tunedByProgress(report: (progress: CommitProgress) => void): (progress: CommitProgress) => void {
  let tuned = false
  return (progress) => {
    if (!tuned && progress.done > many) {
      tuned = true
      setFlagsFromString('--heap-growing-percent=30')
    }
    report(progress)
  }
}
