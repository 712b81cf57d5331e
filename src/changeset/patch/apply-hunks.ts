import type { ByteString } from '../../paths/byte-string.js'
import type { Hunk } from './file-patch.js'

/** One line taken from or put into a file. `at` counts the old lines above it. */
export interface LineEdit {
  readonly does: 'remove' | 'insert'
  readonly at: number
  readonly text: ByteString
  /** The hunk that says so, from 1. */
  readonly hunk: number
}

export interface AppliedHunks {
  readonly content: ByteString
  /** In the order of the file. */
  readonly edits: readonly LineEdit[]
}

/** Why hunks do not fit a file. `hunk` counts from 1. */
export interface Misfit {
  readonly hunk: number
  readonly why: string
}

/** The lines of a file, each with its newline; the last one may have none. */
export function splitLines(content: ByteString): ByteString[] {
  const lines = content.split('\n').map((line) => `${line}\n` as ByteString)
  const last = (lines.pop() as string).slice(0, -1)
  return last === '' ? lines : [...lines, last as ByteString]
}

/** Applies hunks just where they say, every old line as it is: nothing is searched for, nothing is guessed. */
export function applyHunks(old: readonly ByteString[], hunks: readonly Hunk[]): AppliedHunks | Misfit {
  const lines: ByteString[] = []
  const edits: LineEdit[] = []
  let at = 0
  for (const [index, hunk] of hunks.entries()) {
    const number = index + 1
    const start = hunk.oldCount === 0 ? hunk.oldStart : hunk.oldStart - 1
    if (start < at) return { hunk: number, why: 'it begins above the end of the one before' }
    if (start > old.length) return { hunk: number, why: `the project's file has ${old.length} lines` }
    while (at < start) lines.push(old[at++] as ByteString)
    for (const { sign, text } of hunk.lines) {
      if (sign !== '+' && old[at] !== text)
        return { hunk: number, why: `line ${at + 1} of the project's file is another` }
      if (sign !== ' ') edits.push({ does: sign === '-' ? 'remove' : 'insert', at, text, hunk: number })
      if (sign !== '-') lines.push(text)
      if (sign !== '+') at += 1
    }
  }
  while (at < old.length) lines.push(old[at++] as ByteString)
  const open = lines.findIndex((line) => !line.endsWith('\n'))
  if (open !== -1 && open < lines.length - 1) {
    return { hunk: edits.at(-1)?.hunk ?? 1, why: 'a line without a newline would not be the last one' }
  }
  return { content: lines.join('') as ByteString, edits }
}
