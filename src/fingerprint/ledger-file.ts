import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import { entryName } from '../paths/rel-path.js'
import { createLedger, type Ledger } from './ledger.js'
import { formatFact, formatHeader, parseLedger } from './ledger-format.js'

/** A ledger and its file, locked for as long as it is open. */
export interface OpenLedger {
  readonly ledger: Ledger
  /** `false`: somebody else has it open, so nothing will be written. */
  readonly writable: boolean
  /** Appends what was learnt. Losing this to a crash loses knowledge, never work: so there is no fsync. */
  save(): void
  close(): void
}

const ledgerName = entryName('ledger')

/**
 * Opens the ledger of the session directory `dir`, making it if there is none. One process at a time may write;
 * another one reads what is there. A file that is not understood counts as empty.
 */
export function openLedgerFile(ops: FileOps, dir: Fd): OpenLedger {
  const fd = openOrCreate(ops, dir)
  try {
    const writable = ops.flock(fd, 'exclusive')
    const text = readText(ops, fd)
    const parsed = parseLedger(text)
    const ledger = createLedger(parsed?.complete ?? false, parsed?.facts)
    let length = parsed?.validLength ?? 0
    const save = (): void => {
      if (!writable) return
      const learnt = ledger.takeLearnt()
      if (learnt.length === 0) return
      const header = length === 0 ? formatHeader(ledger.complete) : ''
      const lines = Buffer.from(header + learnt.map(formatFact).join(''), 'latin1')
      ops.truncate(fd, length)
      ops.write(fd, lines, length)
      length += lines.length
    }
    return { ledger, writable, save, close: () => ops.close(fd) }
  } catch (error) {
    ops.close(fd)
    throw error
  }
}

/** Writes a ledger that knows the whole project, in place of any other. */
export function writeCompleteLedger(ops: FileOps, dir: Fd, ledger: Ledger): void {
  const fd = openOrCreate(ops, dir)
  try {
    const lines = Buffer.from(formatHeader(true) + ledger.takeLearnt().map(formatFact).join(''), 'latin1')
    ops.truncate(fd, 0)
    ops.write(fd, lines, 0)
    ops.fsync(fd)
  } finally {
    ops.close(fd)
  }
}

function openOrCreate(ops: FileOps, dir: Fd): Fd {
  try {
    return ops.openFileForWriting(dir, ledgerName)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  try {
    return ops.createFile(dir, ledgerName, 0o600)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
    return ops.openFileForWriting(dir, ledgerName)
  }
}

function readText(ops: FileOps, fd: Fd): string {
  const { size } = ops.statFd(fd)
  const bytes = Buffer.alloc(size)
  let length = 0
  while (length < size) {
    const read = ops.read(fd, bytes.subarray(length), length)
    if (read === 0) break
    length += read
  }
  return bytes.subarray(0, length).toString('latin1')
}
