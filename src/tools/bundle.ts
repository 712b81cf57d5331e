import { OverlayError } from '../errors/overlay-error.js'
import type { FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import { systemPorts } from '../os/system-ports.js'
import type { AbsPath } from '../paths/byte-string.js'
import { bytesFromJsonName, jsonName } from '../paths/bytes.js'
import { hostPath } from '../paths/host-path.js'
import { quoteName } from '../paths/quote-name.js'
import { entryName, joinAbs, relPath } from '../paths/rel-path.js'

/** What a command's name stands for. */
export interface BundledModule {
  /** Absolute path, in the form of `jsonName`. */
  readonly path: string
  /** What the file's content must hash to, in hexadecimal. */
  readonly sha256: string
}

/** Commands by name. */
export type Bundle = ReadonlyMap<string, BundledModule>

const version = 1
/** A manifest is a list of names; a larger file is something else. */
const longestManifest = 16 * 1024 * 1024

/**
 * Reads the manifest of a bundle. The modules it names are looked at when they are run.
 * @param manifest absolute path, in the form of `jsonName`
 * @throws OverlayError `BUNDLE_INVALID`, `PATH_INVALID`
 */
export function openBundle(manifest: string, ports: { readonly ops: FileOps } = systemPorts()): Bundle {
  const path = hostPath(manifest)
  const slash = path.lastIndexOf('/')
  const directory = (slash === 0 ? '/' : path.slice(0, slash)) as AbsPath
  const fail = (reason: string): never => {
    throw new OverlayError('BUNDLE_INVALID', `Expected the manifest of a bundle at ${quoteName(path)}: ${reason}`, {
      path: quoteName(path),
      hint: 'It is JSON: {"version":1,"commands":{"NAME":{"module":"FILE","sha256":"HEX"}}}.',
    })
  }
  return parseManifest(readManifest(ports.ops, directory, path.slice(slash + 1), fail), directory, fail)
}

type Fail = (reason: string) => never

function readManifest(ops: FileOps, directory: AbsPath, name: string, fail: Fail): unknown {
  let content: Uint8Array
  try {
    const dir = ops.openRoot(directory)
    try {
      content = ops.readFile(dir, entryName(name), longestManifest)
    } finally {
      ops.close(dir)
    }
  } catch (error) {
    for (const [errno, reason] of unreadable) if (isErrno(error, errno)) return fail(reason)
    throw error
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content))
  } catch (error) {
    return fail(`it is not JSON in UTF-8 (${(error as Error).message})`)
  }
}

const unreadable = [
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EACCES', 'you are not allowed to read it'],
  ['EISDIR', 'it is a directory'],
  ['EINVAL', 'it is not a regular file'],
  ['ELOOP', 'it is a symbolic link'],
  ['EFBIG', 'it is too large'],
] as const

function parseManifest(value: unknown, directory: AbsPath, fail: Fail): Bundle {
  const manifest = isRecord(value) ? value : fail('it is not an object')
  if (manifest.version !== version) fail(`expected version ${version}, got ${JSON.stringify(manifest.version)}`)
  const { commands } = manifest
  if (!isRecord(commands)) return fail('`commands` is not an object')
  refuseUnknown(manifest, ['version', 'commands'], 'the manifest', fail)
  return new Map(
    Object.entries(commands).map(([name, entry]) => {
      if (name === '' || /[/\0]/.test(name)) fail(`${JSON.stringify(name)} cannot be the name of a command`)
      return [name, parseCommand(`the command ${JSON.stringify(name)}`, entry, directory, fail)]
    }),
  )
}

function parseCommand(what: string, entry: unknown, directory: AbsPath, fail: Fail): BundledModule {
  if (!isRecord(entry)) return fail(`${what} is not an object`)
  refuseUnknown(entry, ['module', 'sha256'], what, fail)
  const { module, sha256 } = entry
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) return fail(`${what} has no SHA-256 of 64 digits`)
  if (typeof module !== 'string' || module === '') return fail(`${what} names no module`)
  return { path: jsonName(joinAbs(directory, modulePath(module, what, fail))), sha256: sha256.toLowerCase() }
}

function modulePath(module: string, what: string, fail: Fail): string {
  try {
    return relPath(bytesFromJsonName(module))
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error
    return fail(`${what} names a module that is not below the manifest's directory, ${JSON.stringify(module)}`)
  }
}

/** A later version may give such a field a meaning that must not be passed over. */
function refuseUnknown(record: Record<string, unknown>, known: readonly string[], what: string, fail: Fail): void {
  const unknown = Object.keys(record).find((key) => !known.includes(key))
  if (unknown !== undefined) fail(`${what} has a field that is not known, ${JSON.stringify(unknown)}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
