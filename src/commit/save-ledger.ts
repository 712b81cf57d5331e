import type { OpenLedger } from '../fingerprint/ledger-file.js'
import { SystemError } from '../os/system-error.js'

/** The project is committed by now: what cannot be remembered makes the next check more careful, no less. Returns warnings. */
export function saveLedger(ledger: OpenLedger): string[] {
  if (!ledger.writable) return [notNoted('another command kept the ledger open')]
  try {
    ledger.save()
    return []
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    return [notNoted(error.message)]
  }
}

/** A warning. */
export function notNoted(why: string): string {
  return `What was committed could not be noted in the session (${why}); the next status may show it again.`
}
