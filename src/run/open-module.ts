import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { nameOf, parentOf, relativeTo } from '../paths/rel-path.js'
import type { ModuleContent } from './module-content.js'
import { kindBytes, type ModuleKind, moduleKind } from './module-kind.js'

/** A module that can be read. Whoever opened it closes it. */
export interface OpenModule {
  readonly content: ModuleContent
  readonly kind: ModuleKind
  /** The path it was asked for by, in a form for people. */
  readonly name: string
  close(): void
}

/** A module in memory. */
export interface ModuleBytes {
  /** Binary or text; not to be changed before the run has ended. */
  readonly bytes: Uint8Array
}

const mostLinks = 40

const notWebAssembly = 'it is not WebAssembly, neither binary nor text'

/**
 * Opens a module file, or one in memory, and tells its kind by its content. Symbolic links are followed, unless the file has to lie `below` a
 * directory.
 * @throws OverlayError `MODULE_NOT_FOUND`; `MODULE_INVALID` when it is a directory, cannot be read or is not WebAssembly
 */
export function openModule(ops: FileOps, module: AbsPath | ModuleBytes, below?: AbsPath): OpenModule {
  if (typeof module !== 'string') return openBytes(module)
  const fd = below === undefined ? openFollowing(ops, module) : openBelow(ops, module, below)
  try {
    const head = new Uint8Array(kindBytes)
    const kind = moduleKind(head.subarray(0, ops.read(fd, head, 0)))
    if (kind === undefined) throw invalid(quoteName(module), notWebAssembly)
    return { content: { fd }, kind, name: quoteName(module), close: () => ops.close(fd) }
  } catch (error) {
    ops.close(fd)
    throw error
  }
}

function openBytes({ bytes }: ModuleBytes): OpenModule {
  const name = 'the bytes given'
  const kind = moduleKind(bytes.subarray(0, kindBytes))
  if (kind === undefined) throw invalid(name, notWebAssembly)
  if (kind === 'precompiled') throw invalid(name, 'it is precompiled, which runs from a file only')
  return { content: { bytes }, kind, name, close: () => undefined }
}

function openFollowing(ops: FileOps, path: AbsPath): Fd {
  let at: string = path
  for (let links = 0; links <= mostLinks; links += 1) {
    const slash = at.lastIndexOf('/')
    const parent = (slash === 0 ? '/' : at.slice(0, slash)) as AbsPath
    const found = openOrReadLink(ops, parent, at.slice(slash + 1) as ByteString, path)
    if (typeof found === 'number') return found
    // Kept as it is: to remove a `..` by its text would be wrong where a directory before it is a link.
    at = found.startsWith('/') ? found : `${parent}/${found}`
    at = at.replace(/\/+$/, '')
  }
  throw invalid(quoteName(path), 'it is a symbolic link that leads in a circle')
}

/** The kernel resolves it beneath the directory: no path leaves that, by `..`, by a link, or by a race. */
function openBelow(ops: FileOps, path: AbsPath, below: AbsPath): Fd {
  const name = quoteName(path)
  const inside = relativeTo(path, below)
  if (inside === undefined || inside === '') throw invalid(name, `it does not lie in ${quoteName(below)}`)
  const open: Fd[] = []
  try {
    const root = attempt(path, () => ops.openRoot(below))
    open.push(root)
    const dir = attempt(path, () => ops.openDir(root, parentOf(inside)))
    open.push(dir)
    return attempt(path, () => ops.openFile(dir, nameOf(inside)))
  } catch (error) {
    if (isErrno(error, 'ELOOP')) throw invalid(name, 'a symbolic link leads there')
    if (isErrno(error, 'EXDEV')) throw invalid(name, 'another file system is mounted there')
    if (isErrno(error, 'EINVAL') || isErrno(error, 'EISDIR')) throw invalid(name, 'it is not a regular file')
    throw error
  } finally {
    for (const fd of open) ops.close(fd)
  }
}

/** The open file, or the target of the link that is there. */
function openOrReadLink(ops: FileOps, parent: AbsPath, name: ByteString, path: AbsPath): Fd | ByteString {
  if (name === '' || name === '.' || name === '..') throw invalid(quoteName(path), 'it is a directory')
  const dir = attempt(path, () => ops.openRoot(parent))
  try {
    const stat = attempt(path, () => ops.stat(dir, name))
    if (stat === undefined) throw notFound(path)
    if (stat.type === 'symlink') return attempt(path, () => ops.readLink(dir, name))
    if (stat.type === 'dir') throw invalid(quoteName(path), 'it is a directory')
    if (stat.type !== 'file') throw invalid(quoteName(path), 'it is not a regular file')
    return attempt(path, () => ops.openFile(dir, name))
  } finally {
    ops.close(dir)
  }
}

function attempt<T>(path: AbsPath, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) throw notFound(path)
    if (isErrno(error, 'EACCES')) throw invalid(quoteName(path), 'you are not allowed to read it')
    throw error
  }
}

function notFound(path: AbsPath): OverlayError {
  return new OverlayError('MODULE_NOT_FOUND', `Expected a module at ${quoteName(path)}, found nothing`, {
    path: quoteName(path),
    hint: 'Name the module by its path, as seen from your working directory.',
  })
}

function invalid(name: string, reason: string): OverlayError {
  return new OverlayError('MODULE_INVALID', `Expected a WASI module at ${name}: ${reason}`, {
    path: name,
    hint: 'A module is a .wasm or .wat file, built for wasm32-wasip1 (or a component for wasm32-wasip2).',
  })
}
