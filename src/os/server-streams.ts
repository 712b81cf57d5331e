import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { AbsPath } from '../paths/byte-string.js'
import { bufferFromBytes } from '../paths/bytes.js'

/** The streams of a program that says one thing and then goes on by itself. */
export interface ServerStreams {
  /** All that it is told. */
  input(): string
  /** What it says. */
  answer(line: string): void
  /** Lets go of whoever started it; what is written to standard error goes to the end of `log` from now on. */
  letGo(log: AbsPath | undefined): void
  /** A line for the log, with the time. */
  note(line: string): void
}

export function serverStreams(): ServerStreams {
  return {
    input: () => readFileSync(0, 'utf8'),
    answer: (line) => void writeSync(1, `${line}\n`),
    letGo(log) {
      // Each takes the number that has just become free.
      for (const [fd, path, flags] of [
        [0, '/dev/null', 'r'],
        [1, '/dev/null', 'w'],
        [2, log === undefined ? '/dev/null' : bufferFromBytes(log), 'a'],
      ] as const) {
        closeSync(fd)
        openSync(path, flags, 0o600)
      }
    },
    note: (line) => void writeSync(2, `${new Date().toISOString()} ${line}\n`),
  }
}
