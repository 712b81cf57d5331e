import type { Change } from '../changeset/change.js'
import { type Fingerprint, identityOf } from '../fingerprint/fingerprint.js'
import type { Ledger, LedgerFact } from '../fingerprint/ledger.js'
import type { OpenLedger } from '../fingerprint/ledger-file.js'
import type { EntryStat } from '../os/entry-stat.js'
import { lookAtEach } from '../os/look-at-each.js'
import { SystemError } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import type { Identity, JournalPlan, SettledChange, TouchedDirectory } from './journal/journal-plan.js'
import type { JudgedChange } from './judged-change.js'
import { keepCommitted } from './keep-committed.js'
import { notNoted, saveLedger } from './save-ledger.js'
import { settledUpper } from './seal-plan.js'
import type { SessionView } from './session-view.js'

/** {@link settleApplied} for a commit that there is no way back from: what cannot be remembered becomes a warning. */
export function settleDone(view: SessionView, plan: JournalPlan): string[] {
  try {
    settleApplied(view, plan)
    keepCommitted(view, plan)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    return [notNoted(error.message)]
  }
  return saveLedger(view.ledger)
}

/**
 * Remembers in the ledger what a commit did, so that a second one has nothing to do, and so that the project's new
 * entries count as what the session builds upon from now on.
 */
function settleApplied({ ops, base, ledger }: SessionView, { settled, directories }: JournalPlan): void {
  base.forget()
  const learn = learnInParts(ledger)
  for (const { path, upper } of settled) if (upper !== undefined) learn({ path, settled: upper })
  lookAtEach(ops, base.root, placedOf(settled), pathOf, ({ path, placed }, seen) => {
    const now = seen?.stat
    if (placed !== 'absent') learn({ path, base: isOurs(placed, now) ? identityOf(now) : unknownEntry(placed) })
    else if (now === undefined) learn({ path, base: 'absent' })
  })
  lookAtEach(ops, base.root, directories.filter(isKnown), pathOf, ({ path, ino }, seen) => {
    if (seen?.stat.ino === ino) learn({ path, base: identityOf(seen.stat) })
  })
}

/** Facts that are held back until they are written. */
const mostHeld = 1 << 14

/** Writes what it learns now and then: the facts of a commit of many changes take more room than all else. */
function learnInParts(ledger: OpenLedger): (fact: LedgerFact) => void {
  let held = 0
  return (fact) => {
    ledger.ledger.learn(fact)
    held += 1
    if (held < mostHeld || !ledger.writable) return
    ledger.save()
    held = 0
  }
}

type PlacedChange = SettledChange & { readonly placed: Exclude<SettledChange['placed'], undefined> }

function pathOf({ path }: { readonly path: RelPath }): RelPath {
  return path
}

function* placedOf(settled: Iterable<SettledChange>): Generator<PlacedChange> {
  for (const change of settled) if (isPlaced(change)) yield change
}

function isPlaced(change: SettledChange): change is PlacedChange {
  return change.placed !== undefined
}

function isKnown({ known }: TouchedDirectory): boolean {
  return known
}

/**
 * The session's side is given up for the project's: no change any more until the session writes there again. `present`: those of them that
 * were merged, and the project has the merge.
 */
export function settleGivenUp(ledger: Ledger, changes: readonly Change[], present: readonly JudgedChange[] = []): void {
  for (const change of changes) {
    const settled = settledUpper(change)
    if (settled !== undefined) ledger.learn({ path: change.path, settled })
  }
  for (const { change, merged } of present) {
    const settled = settledUpper(change, merged)
    if (settled !== undefined) ledger.learn({ path: change.path, settled })
  }
}

/** What lies there is what was put there: a person's edit in the instant since would have moved one of these. */
function isOurs(placed: Identity, now: EntryStat | undefined): now is EntryStat {
  if (now === undefined || now.type !== placed.type || now.mode !== placed.mode) return false
  if (placed.ino !== 0n && placed.ino !== now.ino) return false
  return now.type === 'dir' || (now.size === placed.size && now.mtimeNs === placed.mtimeNs)
}

/** Known to have been ours and changed at once: nothing that is found there later will match it. */
function unknownEntry({ type, mode, uid, gid, size, mtimeNs, ino }: Identity): Fingerprint {
  return { type, mode, uid, gid, size, mtimeNs, ino, ctimeNs: -1n, hash: undefined, target: undefined }
}
