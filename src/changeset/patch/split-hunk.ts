import type { Hunk, HunkLine } from './file-patch.js'

/** Cuts a hunk where lines that stay lie between its changes; what lies between goes to the upper part. One part: it cannot be cut. */
export function splitHunk(hunk: Hunk): Hunk[] {
  const parts: HunkLine[][] = []
  for (const line of hunk.lines) {
    const part = parts.at(-1)
    const begins = part === undefined || (line.sign !== ' ' && part.at(-1)?.sign === ' ' && part.some(isEdit))
    if (begins) parts.push([line])
    else part.push(line)
  }
  let old = hunk.oldCount === 0 ? hunk.oldStart : hunk.oldStart - 1
  let fresh = old + hunk.newStart - hunk.oldStart
  return parts.map((lines) => {
    const [oldCount, newCount] = [count(lines, '+'), count(lines, '-')]
    const part = {
      ...hunk,
      lines,
      oldCount,
      oldStart: old + (oldCount === 0 ? 0 : 1),
      newStart: fresh + (newCount === 0 ? 0 : 1),
    }
    old += oldCount
    fresh += newCount
    return part
  })
}

function isEdit({ sign }: HunkLine): boolean {
  return sign !== ' '
}

/** Lines of the side that does not have `sign`. */
function count(lines: readonly HunkLine[], sign: '+' | '-'): number {
  return lines.filter((line) => line.sign !== sign).length
}
