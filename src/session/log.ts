import type { Fd, FileOps } from '../os/file-ops.js'
import { openOrCreate } from '../os/open-or-create.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { withDir } from './open-dirs.js'
import { lockFile } from './session-lock.js'

/** One operation on a session: what ran, what came of it, when. */
export interface LogEntry {
  /** ISO 8601, UTC. */
  readonly at: string
  /** `mount`, `unmount`, `exec`, `run`, `commit`, and so on. */
  readonly operation: string
  /** What there is to say about it, ready for JSON; names as `jsonName` gives them. */
  readonly details: Readonly<Record<string, unknown>>
}

const newline = Buffer.from('\n')
const logName = bytesFromText('log.jsonl')

/** Adds a line to the log of the session whose directory is `dir`. */
export async function appendLog(ops: FileOps, dir: AbsPath, entry: LogEntry): Promise<void> {
  const line = Buffer.from(`${JSON.stringify(entry)}\n`, 'utf8')
  const fd = withDir(ops, dir, (open) => openOrCreate(ops, open, logName))
  try {
    await lockFile(ops, fd)
    const { size } = ops.statFd(fd)
    ops.write(fd, endsInLine(ops, fd, size) ? line : Buffer.concat([newline, line]), size)
  } finally {
    ops.close(fd)
  }
}

/** All entries, oldest first. A line that a crash cut short is left out. */
export function readLog(ops: FileOps, dir: AbsPath): LogEntry[] {
  const text = withDir(ops, dir, (open) => readIfAny(ops, open))
  return text.split('\n').flatMap((line) => parseLine(line) ?? [])
}

/** A crash may have cut the last line short. */
function endsInLine(ops: FileOps, fd: Fd, size: number): boolean {
  const last = Buffer.alloc(1)
  return size === 0 || ops.read(fd, last, size - 1) === 0 || last.equals(newline)
}

function readIfAny(ops: FileOps, dir: Fd): string {
  try {
    return Buffer.from(ops.readFile(dir, logName)).toString('utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return ''
    throw error
  }
}

function parseLine(line: string): LogEntry | undefined {
  if (line === '') return undefined
  try {
    return JSON.parse(line) as LogEntry
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
