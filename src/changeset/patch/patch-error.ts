import { OverlayError } from '../../errors/overlay-error.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { quoteName } from '../../paths/quote-name.js'

/** `PATCH_INVALID`: the text is no patch that can be read. `line` counts from 1. */
export function patchInvalid(line: number, expected: string, found: ByteString | undefined): OverlayError {
  const got = found === undefined ? 'the end' : `\`${quoteName(found.slice(0, 60) as ByteString)}\``
  return new OverlayError('PATCH_INVALID', `Expected ${expected} in line ${line} of the patch, got ${got}`, {
    hint: 'Take the output of `diff`, drop whole files or hunks of it, and in a hunk drop lines with `+` or make a `-` a space; nothing was changed.',
    details: { line },
  })
}

/** `PATCH_REJECTED`: the patch is well formed, and cannot be carried over. `hunk` counts from 1. */
export function patchRejected(path: RelPath, hunk: number | undefined, why: string): OverlayError {
  const where = hunk === undefined ? quoteName(path) : `hunk ${hunk} of ${quoteName(path)}`
  return new OverlayError('PATCH_REJECTED', `Expected a part of the session's change, got ${where}: ${why}`, {
    path: quoteName(path),
    hint: 'Make the patch anew with `diff`, and take it from there; nothing was changed.',
    details: { path: quoteName(path), hunk: hunk ?? null },
  })
}
