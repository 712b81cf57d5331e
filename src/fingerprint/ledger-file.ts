import { adoptOwner } from '../os/adopt-owner.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { openOrCreate } from '../os/open-or-create.js'
import { isErrno } from '../os/system-error.js'
import { writeFileAtomic } from '../os/write-file-atomic.js'
import type { ByteString } from '../paths/byte-string.js'
import { entryName } from '../paths/rel-path.js'
import { createLedger, type Ledger, type LedgerFact } from './ledger.js'
import { createLedgerReader, formatFact, formatHeader, type ParsedLedger } from './ledger-format.js'

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
const lockName = entryName('ledger.lock')

/** A file of more lines than this, most of them outdated, is written anew. */
const manyLines = 10_000

/**
 * Opens the ledger of the session directory `dir`. One process at a time may write; another one reads what is there. A
 * file that is not understood counts as empty.
 */
export function openLedgerFile(ops: FileOps, dir: Fd): OpenLedger {
  const lock = openOwned(ops, dir, lockName)
  try {
    const writable = ops.flock(lock, 'exclusive')
    const parsed = readLedger(ops, dir)
    const ledger = createLedger(parsed?.complete ?? false, parsed?.facts)
    let length = parsed?.validLength ?? 0
    let lines = parsed?.facts.length ?? 0
    const save = (): void => {
      const learnt = ledger.takeLearnt()
      if (!writable) return
      lines += learnt.length
      if (lines > manyLines && lines > 2 * ledger.size()) {
        length = writeWhole(ops, dir, ledger.complete, ledger.facts())
        lines = ledger.size()
      } else if (learnt.length > 0)
        length = append(ops, dir, length, formatAll(length === 0 ? ledger.complete : undefined, learnt))
    }
    return { ledger, writable, save, close: () => ops.close(lock) }
  } catch (error) {
    ops.close(lock)
    throw error
  }
}

/** Writes a ledger that knows the whole project, in place of any other. */
export function writeCompleteLedger(ops: FileOps, dir: Fd, ledger: Ledger): void {
  writeWhole(ops, dir, true, ledger.takeLearnt())
}

function writeWhole(ops: FileOps, dir: Fd, complete: boolean, facts: Iterable<LedgerFact>): number {
  writeFileAtomic(ops, dir, ledgerName, formatAll(complete, facts), 0o600)
  return ops.stat(dir, ledgerName)?.size ?? 0
}

function append(ops: FileOps, dir: Fd, length: number, pieces: Generator<Uint8Array>): number {
  const fd = openOwned(ops, dir, ledgerName)
  try {
    // Whatever follows the last line that was understood goes.
    ops.truncate(fd, length)
    let at = length
    for (const piece of pieces) {
      ops.write(fd, piece, at)
      at += piece.length
    }
    return at
  } finally {
    ops.close(fd)
  }
}

/** Bytes that are written, or read, at once: a ledger may have some hundred thousand lines. */
const pieceSize = 1 << 20

/** Begins with the header unless `complete` is `undefined`. */
function* formatAll(complete: boolean | undefined, facts: Iterable<LedgerFact>): Generator<Uint8Array> {
  let text = complete === undefined ? '' : formatHeader(complete)
  for (const fact of facts) {
    text += formatFact(fact)
    if (text.length < pieceSize) continue
    yield Buffer.from(text, 'latin1')
    text = ''
  }
  yield Buffer.from(text, 'latin1')
}

function readLedger(ops: FileOps, dir: Fd): ParsedLedger | undefined {
  const fd = openLedger(ops, dir)
  if (fd === undefined) return undefined
  try {
    const reader = createLedgerReader()
    const piece = Buffer.alloc(Math.min(pieceSize, ops.statFd(fd).size + 1))
    for (let at = 0; ; ) {
      const length = ops.read(fd, piece, at)
      at += length
      if (length === 0 || !reader.push(piece.toString('latin1', 0, length))) return reader.end()
    }
  } finally {
    ops.close(fd)
  }
}

function openLedger(ops: FileOps, dir: Fd): Fd | undefined {
  try {
    return ops.openFile(dir, ledgerName)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Root's file in a user's session is the user's. */
function openOwned(ops: FileOps, dir: Fd, name: ByteString): Fd {
  return openOrCreate(ops, dir, name, () => adoptOwner(ops, dir, name))
}
