import { adoptOwner } from '../os/adopt-owner.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { openOrCreate } from '../os/open-or-create.js'
import { isErrno } from '../os/system-error.js'
import { writeFileAtomic } from '../os/write-file-atomic.js'
import type { ByteString } from '../paths/byte-string.js'
import { entryName } from '../paths/rel-path.js'
import { createLedger, type Ledger } from './ledger.js'
import { formatFact, formatHeader, type ParsedLedger, parseLedger } from './ledger-format.js'

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
      const facts = lines > manyLines ? ledger.facts() : undefined
      if (facts !== undefined && lines > 2 * facts.length) {
        length = writeWhole(ops, dir, ledger.complete, facts)
        lines = facts.length
      } else if (learnt.length > 0)
        length = append(ops, dir, length, (length === 0 ? formatHeader(ledger.complete) : '') + formatAll(learnt))
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

function writeWhole(ops: FileOps, dir: Fd, complete: boolean, facts: Parameters<typeof formatAll>[0]): number {
  const content = Buffer.from(formatHeader(complete) + formatAll(facts), 'latin1')
  writeFileAtomic(ops, dir, ledgerName, content, 0o600)
  adoptOwner(ops, dir, ledgerName)
  return content.length
}

function append(ops: FileOps, dir: Fd, length: number, text: string): number {
  const content = Buffer.from(text, 'latin1')
  const fd = openOwned(ops, dir, ledgerName)
  try {
    // Whatever follows the last line that was understood goes.
    ops.truncate(fd, length)
    ops.write(fd, content, length)
  } finally {
    ops.close(fd)
  }
  return length + content.length
}

function formatAll(facts: readonly Parameters<typeof formatFact>[0][]): string {
  return facts.map(formatFact).join('')
}

function readLedger(ops: FileOps, dir: Fd): ParsedLedger | undefined {
  try {
    return parseLedger(Buffer.from(ops.readFile(dir, ledgerName)).toString('latin1'))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Root's file in a user's session is the user's. */
function openOwned(ops: FileOps, dir: Fd, name: ByteString): Fd {
  return openOrCreate(ops, dir, name, () => adoptOwner(ops, dir, name))
}
