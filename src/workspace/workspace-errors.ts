import { OverlayError } from '../errors/overlay-error.js'
import type { EntryType } from '../os/entry-stat.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'

export function noSuchEntry(path: RelPath, cause?: unknown): OverlayError {
  return new OverlayError('NO_SUCH_ENTRY', `Expected an entry at ${shown(path)}, found none`, {
    path: shown(path),
    hint: 'List the directory to see what is there.',
    cause,
  })
}

export function notADirectory(path: RelPath, found: string, cause?: unknown): OverlayError {
  return new OverlayError('NOT_A_DIRECTORY', `Expected a directory at ${shown(path)}, found ${found}`, {
    path: shown(path),
    cause,
  })
}

export function notAFile(path: RelPath, found: string): OverlayError {
  return new OverlayError('NOT_A_FILE', `Expected a regular file at ${shown(path)}, found ${found}`, {
    path: shown(path),
  })
}

export function fileTooLarge(path: RelPath, limitBytes: number): OverlayError {
  return new OverlayError('FILE_TOO_LARGE', `Expected at most ${limitBytes} bytes at ${shown(path)}, found more`, {
    path: shown(path),
    hint: 'The `fileLimitBytes` of the workspace sets how large a file may be.',
  })
}

export function pathOutside(path: ByteString, reason: string, cause?: unknown): OverlayError {
  return new OverlayError('PATH_OUTSIDE', `Expected a path in the workspace, got ${quoteName(path)}: ${reason}`, {
    path: quoteName(path),
    cause,
  })
}

/** A path as a person sees it. */
function shown(path: RelPath): string {
  return path === '' ? '.' : quoteName(path)
}

const typeNames: Readonly<Record<EntryType, string>> = {
  file: 'a file',
  dir: 'a directory',
  symlink: 'a symbolic link',
  fifo: 'a FIFO',
  socket: 'a socket',
  char: 'a device',
  block: 'a device',
}

export function describeType(type: EntryType): string {
  return typeNames[type]
}
