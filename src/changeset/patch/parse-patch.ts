import type { ByteString } from '../../paths/byte-string.js'
import { bytesFromBuffer } from '../../paths/bytes.js'
import type { FilePatch } from './file-patch.js'
import { parseHunks } from './parse-hunks.js'
import { parseGitHeader, plainHeader } from './parse-patch-header.js'
import { patchInvalid } from './patch-error.js'
import { PatchLines } from './patch-lines.js'

/**
 * Reads a patch as `diff` writes it and a person may have shortened it: files and hunks may be gone, the new line numbers and counts of a
 * hunk may be off, lines that begin with `#` between files are left out. Anything else that git would not have written is refused.
 * @throws OverlayError `PATCH_INVALID`, with the line
 */
export function parsePatch(patch: Uint8Array): FilePatch[] {
  const lines = new PatchLines(bytesFromBuffer(patch))
  const files: FilePatch[] = []
  for (let line = lines.peek(); line !== undefined; line = lines.peek()) {
    if (line === '' || line.startsWith('#')) lines.next()
    else files.push(parseFile(lines, line))
  }
  return files
}

function parseFile(lines: PatchLines, first: ByteString): FilePatch {
  const header = first.startsWith('diff --git ') ? parseGitHeader(lines) : plainHeader(lines)
  if (header === undefined) throw patchInvalid(lines.number, 'the first line of a file (`diff --git`)', first)
  const { binary, hunksAllowed, ...patch } = header
  if (binary !== undefined) skipBinary(lines)
  const hunks = hunksAllowed ? parseHunks(lines) : []
  if (hunksAllowed && hunks.length === 0) throw patchInvalid(lines.number, 'a hunk (`@@`)', lines.peek())
  return { ...patch, binary, hunks }
}

/** The data of a binary file: its name in the `index` line says as much, and the session has the bytes. */
function skipBinary(lines: PatchLines): void {
  const piece = /^(?:(?:literal|delta) \d+|[A-Za-z][!-~]+)?$/
  for (let line = lines.peek(); line !== undefined && piece.test(line); line = lines.peek()) lines.next()
}
