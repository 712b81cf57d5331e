import { type Change, jsonName, quoteName, type RelPath, statusLetter } from '../../index.js'

/**
 * One line of `status`: the letter, `!` in the second column for a path that a commit cannot take as it is, and the
 * name. Directories end in a slash.
 */
export function statusLine(change: Change, marked: boolean): string {
  const { kind, path, from } = change
  const slash = isDirectory(change) ? '/' : ''
  const source = kind === 'rename' && from !== undefined ? `${quoteName(from)}${slash} -> ` : ''
  return `${statusLetter(change)}${marked ? '!' : ''} ${source}${quoteName(path)}${slash}`
}

function isDirectory(change: Change): boolean {
  return (change.wanted ?? change.base)?.type === 'dir'
}

/** A change in `--json`; sizes are bytes, `type` is what the session has there now. */
export function changeJson(change: Change): Record<string, unknown> {
  const { wanted, base, from } = change
  return {
    status: statusLetter(change),
    kind: change.kind,
    path: jsonName(change.path),
    ...(from === undefined ? {} : { from: jsonName(from) }),
    type: wanted?.type ?? null,
    baseType: base?.type ?? null,
    size: wanted?.type === 'file' ? wanted.size : null,
    aspects: [...change.aspects],
    implied: change.implied,
  }
}

/** The project itself is called `.`. */
export function pathText(path: RelPath): string {
  return path === '' ? '.' : quoteName(path)
}
