import { captureBase } from '../conflict/keep-base.js'
import { readAttributes } from '../conflict/project-attributes.js'
import { isSameInstant, takeFingerprint } from '../fingerprint/fingerprint.js'
import { SystemError } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import type { JournalPlan } from './journal/journal-plan.js'
import type { SessionView } from './session-view.js'

/** A commit of more than this is not held up for the rest: the next check that looks at a file takes its content. */
const mostKept = { files: 250, bytes: 8 << 20 }

/**
 * Takes the content of what was just committed, once the ledger knows it: the session builds upon this from now on. So a person's
 * edit, and one of the session's after it, can be merged though nobody looked in between.
 */
export function keepCommitted(view: SessionView, { settled }: JournalPlan): void {
  const left = { ...mostKept }
  for (const { path, placed } of settled) {
    if (left.files === 0) return
    if (typeof placed !== 'object' || placed.type !== 'file') continue
    if (placed.size > left.bytes || !view.pack.takes(placed.size)) continue
    left.files -= 1
    left.bytes -= placed.size
    try {
      keepOne(view, path)
    } catch (error) {
      // Its own user may be unable to read it.
      if (!(error instanceof SystemError)) throw error
    }
  }
}

function keepOne({ ops, hasher, base, evidence, ledger: { ledger } }: SessionView, path: RelPath): void {
  const known = ledger.base(path)
  const stat = base.stat(path)
  if (known === undefined || known === 'absent' || stat === undefined || !isSameInstant(known, stat)) return
  const capture = captureBase(evidence, path, stat)
  const attributes = readAttributes(evidence, path)
  const taken = base.at(path, (dir, name) =>
    takeFingerprint(ops, hasher, { dir, name, stat, attributes }, undefined, capture?.seen),
  )
  if (taken === undefined) return
  ledger.learn({ path, base: taken })
  capture?.keep(taken)
}
