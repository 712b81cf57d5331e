import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { ownUid } from '../os/own-uid.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { joinAbs } from '../paths/rel-path.js'
import { projectLayout } from './layout.js'
import { withDir, withDirIfAny } from './open-dirs.js'
import { type ProjectConfig, parseProjectConfig } from './parse-project-config.js'

export type { ProjectConfig }

const configName: ByteString = bytesFromText('config.json')

/** Bytes. */
const largest = 65_536

const writableByOthers = 0o022

/**
 * What `<project>/.openagentic/config.json` says; the defaults without one. Only a file of the project's owner or of the caller counts, that
 * nobody else can write: it decides what a commit refuses.
 * @throws OverlayError `CONFIG_INVALID` for a file that is there and does not count, for whatever reason
 */
export function readProjectConfig(ops: FileOps, project: AbsPath): ProjectConfig {
  const { own } = projectLayout(project)
  const shown = quoteName(joinAbs(own, configName))
  const text = withDirIfAny(ops, own, (dir) => {
    const file = openConfig(ops, dir, shown)
    if (file === undefined) return undefined
    try {
      checkOwner(ops, project, file, shown)
      return readText(ops, file, shown)
    } finally {
      ops.close(file)
    }
  })
  return parseProjectConfig(text ?? '{"version":1}', shown)
}

function openConfig(ops: FileOps, dir: Fd, shown: string): Fd | undefined {
  try {
    return ops.openFile(dir, configName)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    const problem = problems.find(([errno]) => isErrno(error, errno))?.[1]
    if (problem === undefined) throw error
    throw invalid(shown, `Expected a file, found ${problem}`, 'Put a regular file there, or nothing.', error)
  }
}

const problems: readonly (readonly [string, string])[] = [
  ['ELOOP', 'a symbolic link'],
  ['EISDIR', 'a directory'],
  ['EINVAL', 'something else'],
  ['ENXIO', 'something else'],
  ['EACCES', 'one that you may not read'],
]

function checkOwner(ops: FileOps, project: AbsPath, file: Fd, shown: string): void {
  const { uid, mode } = ops.statFd(file)
  const owners = [withDir(ops, project, (dir) => ops.statFd(dir).uid), ownUid(ops)]
  if (!owners.includes(uid)) {
    throw invalid(
      shown,
      `Expected it to belong to the project's owner or to you, found user ${uid}`,
      'Make it your own with `chown`.',
    )
  }
  if ((mode & writableByOthers) !== 0) {
    const found = mode.toString(8).padStart(4, '0')
    throw invalid(shown, `Expected it to be writable by its owner alone, found mode ${found}`, '`chmod go-w` it.')
  }
}

function readText(ops: FileOps, file: Fd, shown: string): string {
  const buffer = Buffer.alloc(largest + 1)
  let length = 0
  for (let read = -1; read !== 0 && length < buffer.length; length += read) {
    read = ops.read(file, buffer.subarray(length), length)
  }
  if (length > largest)
    throw invalid(shown, `Expected at most ${largest} bytes, found more`, 'Make the patterns fewer.')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, length))
  } catch (error) {
    throw invalid(shown, 'Expected UTF-8, found other bytes', 'Save it as UTF-8.', error)
  }
}

function invalid(shown: string, message: string, hint: string, cause?: unknown): OverlayError {
  return new OverlayError('CONFIG_INVALID', `${message}, at ${shown}`, { path: shown, hint, cause })
}
