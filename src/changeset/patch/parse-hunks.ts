import type { ByteString } from '../../paths/byte-string.js'
import type { Hunk, HunkLine } from './file-patch.js'
import { patchInvalid } from './patch-error.js'
import type { PatchLines } from './patch-lines.js'

const headerForm = /^@@ -(\d{1,10})(?:,(\d{1,10}))? \+(\d{1,10})(?:,(\d{1,10}))? @@(.*)$/s

/** All hunks that come next. @throws OverlayError `PATCH_INVALID` */
export function parseHunks(lines: PatchLines): Hunk[] {
  const hunks: Hunk[] = []
  for (let line = lines.peek(); line?.startsWith('@@') === true; line = lines.peek()) hunks.push(parseHunk(lines, line))
  return hunks
}

/**
 * The number of old lines holds: it tells a hunk that was cut off. That of new lines does not, as a person who takes lines away hardly
 * counts them again.
 */
function parseHunk(lines: PatchLines, header: ByteString): Hunk {
  const match = headerForm.exec(header)
  if (match === null) throw patchInvalid(lines.number, '`@@ -line,count +line,count @@`', header)
  const [, oldStart, oldCount, newStart, , section] = match
  lines.next()
  const hunk = {
    oldStart: Number(oldStart),
    oldCount: Number(oldCount ?? 1),
    newStart: Number(newStart),
    section: section as ByteString,
  }
  return { ...hunk, lines: parseBody(lines, hunk.oldCount) }
}

function parseBody(lines: PatchLines, oldCount: number): HunkLine[] {
  const body: HunkLine[] = []
  let old = 0
  for (let line = lines.peek(); line !== undefined; line = lines.peek()) {
    const sign = signOf(line)
    if (sign === undefined || (old === oldCount && sign !== '+' && sign !== '\\')) break
    if (sign === '\\') endWithoutNewline(lines, line, body)
    else body.push({ sign, text: `${line.slice(1)}\n` as ByteString })
    if (sign === ' ' || sign === '-') old += 1
    lines.next()
  }
  if (old < oldCount) throw patchInvalid(lines.number, `${oldCount} old lines in the hunk`, lines.peek())
  return body
}

/** Editors take the space of an empty line away. */
function signOf(line: ByteString): HunkLine['sign'] | '\\' | undefined {
  const first = line === '' ? ' ' : line[0]
  return first === ' ' || first === '-' || first === '+' || first === '\\' ? first : undefined
}

/** `\ No newline at end of file`, in any language. */
function endWithoutNewline(lines: PatchLines, line: ByteString, body: HunkLine[]): void {
  const last = body.at(-1)
  if (last === undefined || !line.startsWith('\\ ') || !last.text.endsWith('\n')) {
    throw patchInvalid(lines.number, 'a line of a hunk', line)
  }
  body[body.length - 1] = { ...last, text: last.text.slice(0, -1) as ByteString }
}
