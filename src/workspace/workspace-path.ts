import { OverlayError } from '../errors/overlay-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { bytesFromJsonName, bytesFromText } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { notAFile, pathOutside } from './workspace-errors.js'

/** Longest name of a directory entry, in bytes (NAME_MAX). */
const longestName = 255

/**
 * The path that a caller of a workspace means; '' is the workspace itself.
 * @throws OverlayError `PATH_INVALID`, `PATH_OUTSIDE`
 */
export function workspacePath(text: string): RelPath {
  if (text === '') throw invalid(text, 'it is empty; `.` is the workspace itself')
  if (text.startsWith('/')) throw invalid(text, 'it is absolute')
  if (text.includes('\0')) throw invalid(text, 'it holds a NUL byte')
  if (!hasBytes(text)) throw invalid(text, 'it holds half of a surrogate pair')
  const path = bytesFromJsonName(text)
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..') {
      if (names.pop() === undefined) throw pathOutside(path, 'its `..` leads out')
    } else if (name.length > longestName) throw invalid(text, `a name is longer than ${longestName} bytes`)
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names.join('/') as RelPath
}

/**
 * As {@link workspacePath}, of what can be no directory.
 * @throws OverlayError `NOT_A_FILE` for a path that names a directory by its form
 */
export function workspaceFilePath(text: string): RelPath {
  const path = workspacePath(text)
  if (path === '' || /(?:^|\/)\.{0,2}$/.test(text)) throw notAFile(path, 'a path that names a directory')
  return path
}

/** Whether a path has the form of a directory in a snapshot. */
export function isDirPath(text: string): boolean {
  return text.endsWith('/')
}

/** Bytes that are not UTF-8 are U+DC80 to U+DCFF; any other lone surrogate stands for no byte. */
function hasBytes(text: string): boolean {
  return !/[\u{d800}-\u{dc7f}\u{dd00}-\u{dfff}]/u.test(text)
}

function invalid(text: string, reason: string): OverlayError {
  const path = quoteName(bytesFromText(text) as ByteString)
  return new OverlayError('PATH_INVALID', `Expected a path relative to the workspace, got ${path}: ${reason}`, {
    path,
    hint: 'Name a path such as "src/main.ts".',
  })
}
