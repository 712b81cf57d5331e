import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import { writeFileAtomic } from '../os/write-file-atomic.js'
import type { AbsPath } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { joinAbs } from '../paths/rel-path.js'
import { corrupt } from './json-field.js'
import { withDir } from './open-dirs.js'
import { formatSessionRecord, parseSessionRecord, type SessionRecord } from './session-record.js'

const recordName = bytesFromText('session.json')

/** A record is a few hundred bytes, and a few dozen more for each hidden path. Bytes. */
const largestRecord = 64 << 20

/**
 * The record of the session directory `dir`.
 * @throws OverlayError `SESSION_CORRUPT`; SystemError ENOENT when there is no such directory
 */
export function readRecord(ops: FileOps, dir: AbsPath): SessionRecord {
  const shown = quoteName(joinAbs(dir, recordName))
  return withDir(ops, dir, (fd) => parseSessionRecord(recordText(ops, fd, shown), shown))
}

/** Replaces the record in one step. */
export function saveRecord(ops: FileOps, dir: Fd, record: SessionRecord): void {
  writeFileAtomic(ops, dir, recordName, Buffer.from(formatSessionRecord(record), 'utf8'))
}

/** Writes the record of a session that nobody can see yet. */
export function writeFirstRecord(ops: FileOps, dir: Fd, record: SessionRecord): void {
  if (ops.stat(dir, recordName) !== undefined) ops.unlink(dir, recordName)
  const fd = ops.createFile(dir, recordName, 0o600)
  try {
    ops.write(fd, Buffer.from(formatSessionRecord(record), 'utf8'), 0)
  } finally {
    ops.close(fd)
  }
}

function recordText(ops: FileOps, dir: Fd, shown: string): string {
  const absent = ['ENOENT', 'ELOOP', 'EISDIR', 'EINVAL', 'EFBIG']
  try {
    return Buffer.from(ops.readFile(dir, recordName, largestRecord)).toString('utf8')
  } catch (error) {
    const errno = absent.find((code) => isErrno(error, code))
    if (errno === undefined) throw error
    throw corrupt(shown, `Expected a file session.json, got ${errno}`, error)
  }
}
