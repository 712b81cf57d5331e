import { setFlagsFromString } from 'node:v8'

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
