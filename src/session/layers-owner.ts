import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bytesFromJsonName, bytesFromText, jsonName } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { parseJsonObject, textField } from './json-field.js'
import { withDir, withDirIfAny } from './open-dirs.js'

/** Beside layers that do not lie with their session's record: says where the record is, for whoever cleans up. */
export const layersOwnerName: ByteString = bytesFromText('owner.json')

/** `sessions` is the directory in which the record's own directory lies, under the name of the layers' directory. */
export function writeLayersOwner(ops: FileOps, layers: AbsPath, sessions: AbsPath): void {
  const text = `${JSON.stringify({ version: 1, sessions: jsonName(sessions) }, undefined, 2)}\n`
  withDir(ops, layers, (dir) => {
    const fd = ops.createFile(dir, layersOwnerName, 0o600)
    try {
      ops.write(fd, Buffer.from(text), 0)
    } finally {
      ops.close(fd)
    }
  })
}

/** The directory that holds the record's own; `undefined` when nothing says so. @throws OverlayError `SESSION_CORRUPT` */
export function readLayersOwner(ops: FileOps, layers: AbsPath): ByteString | undefined {
  const text = withDirIfAny(ops, layers, (dir) => readIfAny(ops, dir))
  if (text === undefined) return undefined
  return bytesFromJsonName(textField(parseJsonObject(text, `${quoteName(layers)}/owner.json`), 'sessions'))
}

function readIfAny(ops: FileOps, dir: Fd): string | undefined {
  try {
    return Buffer.from(ops.readFile(dir, layersOwnerName)).toString('utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
