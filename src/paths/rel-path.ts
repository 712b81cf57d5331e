import { OverlayError } from '../errors/overlay-error.js'
import type { AbsPath, ByteString, RelPath } from './byte-string.js'
import { quoteName } from './quote-name.js'

/** The root of a tree. */
export const rootPath: RelPath = '' as RelPath

/** Longest name of a directory entry, in bytes (NAME_MAX). */
const longestName = 255

/** Paths with a component that is empty, `.` or `..`, or with a NUL byte. */
const doubtful = /(?:^|\/)\.{0,2}(?:\/|$)|\0/

/**
 * Validates a path below a root.
 * @throws OverlayError `PATH_INVALID` for an absolute path, an empty, `.` or `..` component, a NUL byte, or a name above 255 bytes.
 */
export function relPath(bytes: ByteString | string): RelPath {
  if (bytes === '') return rootPath
  if (bytes.length <= longestName && !doubtful.test(bytes)) return bytes as RelPath
  for (const name of bytes.split('/')) checkName(name as ByteString, bytes as ByteString)
  return bytes as RelPath
}

/** Validates one path component; errors as {@link relPath}. */
export function entryName(bytes: ByteString | string): ByteString {
  checkName(bytes as ByteString, bytes as ByteString)
  return bytes as ByteString
}

function checkName(name: ByteString, path: ByteString): void {
  const reason = invalidName(name)
  if (reason === undefined) return
  throw new OverlayError('PATH_INVALID', `Expected a path below the project, got ${quoteName(path)}: ${reason}`, {
    path: quoteName(path),
    hint: 'Name a path relative to the project directory.',
  })
}

function invalidName(name: ByteString): string | undefined {
  if (name === '') return 'it starts or ends with a slash, or holds two in a row'
  if (name === '.' || name === '..') return `\`${name}\` is not allowed in it`
  if (name.includes('\0')) return 'it holds a NUL byte'
  if (name.includes('/')) return 'a name holds no slash'
  return name.length > longestName ? `a name is longer than ${longestName} bytes` : undefined
}

/** `dir/name`, with `name` already known to be one component (it came from the kernel or from `entryName`). */
export function joinRel(dir: RelPath, name: ByteString): RelPath {
  return (dir === '' ? name : `${dir}/${name}`) as RelPath
}

/** `''` for a path of one component, and for the root. */
export function parentOf(path: RelPath): RelPath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) as RelPath
}

export function nameOf(path: RelPath): ByteString {
  return path.slice(path.lastIndexOf('/') + 1) as ByteString
}

/** Whether `path` is `top` or lies below it. */
export function isWithin(path: RelPath, top: RelPath): boolean {
  return top === '' || path === top || (path.startsWith(top) && path[top.length] === '/')
}

/** All directories above `path`, nearest last, the root first: `a/b/c` gives ``, `a`, `a/b`. */
export function ancestorsOf(path: RelPath): RelPath[] {
  if (path === '') return []
  const ancestors = [rootPath]
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1))
    ancestors.push(path.slice(0, at) as RelPath)
  return ancestors
}

/** Byte order in which a directory comes right before what it holds: as if `/` sorted below every other byte. */
export function compareTreeOrder(a: RelPath, b: RelPath): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return left === 47 ? -1 : right === 47 ? 1 : left - right
  }
  return a.length - b.length
}

/** Normalises an absolute path by its text alone: `//`, `.`, `..` and a slash at the end go. */
export function absPath(bytes: ByteString | string): AbsPath {
  if (!bytes.startsWith('/') || bytes.includes('\0')) {
    throw new OverlayError('PATH_INVALID', `Expected an absolute path, got ${quoteName(bytes as ByteString)}`, {
      path: quoteName(bytes as ByteString),
    })
  }
  const names: string[] = []
  for (const name of bytes.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}` as AbsPath
}

/** `base/rel`. */
export function joinAbs(base: AbsPath, path: ByteString | string): AbsPath {
  return (path === '' ? base : base === '/' ? `/${path}` : `${base}/${path}`) as AbsPath
}

/** The path of `path` below `base`; `undefined` when it is elsewhere. */
export function relativeTo(path: AbsPath, base: AbsPath): RelPath | undefined {
  if (path === base) return rootPath
  const prefix = base === '/' ? '/' : `${base}/`
  return path.startsWith(prefix) ? relPath(path.slice(prefix.length)) : undefined
}
