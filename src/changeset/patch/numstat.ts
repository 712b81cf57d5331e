import type { RelPath } from '../../paths/byte-string.js'
import { bytesFromBuffer } from '../../paths/bytes.js'

/** Changed lines of one file, as git counts them. */
export interface FileCount {
  readonly path: RelPath
  /** A rename's old path. */
  readonly from: RelPath | undefined
  /** `undefined` for a binary file. */
  readonly added: number | undefined
  readonly deleted: number | undefined
}

/** Reads what `git diff --numstat -z` writes: counts and a path, or for a rename an empty path and then both. */
export function parseNumstat(output: Uint8Array): FileCount[] {
  const counts: FileCount[] = []
  const fields = bytesFromBuffer(output).split('\0').values()
  for (const field of fields) {
    const match = /^([^\t]+)\t([^\t]+)\t(.*)$/s.exec(field)
    if (match === null) continue
    const from = match[3] === '' ? fields.next().value : undefined
    const path = match[3] === '' ? fields.next().value : match[3]
    counts.push({
      path: path as RelPath,
      from: from as RelPath | undefined,
      added: lines(match[1]),
      deleted: lines(match[2]),
    })
  }
  return counts
}

/** `-` stands for a binary file. */
function lines(field: string | undefined): number | undefined {
  return field === undefined || field === '-' ? undefined : Number(field)
}
