import { describe, expect, it } from 'vitest'
import type { Fingerprint } from '../../../src/fingerprint/fingerprint.js'
import { createLedger, type LedgerFact } from '../../../src/fingerprint/ledger.js'
import { formatFact, formatHeader, parseLedger } from '../../../src/fingerprint/ledger-format.js'
import type { RelPath } from '../../../src/paths/byte-string.js'

const path = 'f' as RelPath
const entry = {
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 5,
  ino: 7n,
  mtimeNs: 1n,
  ctimeNs: 2n,
  target: undefined,
} as const
const found: Fingerprint = { ...entry, hash: '0'.repeat(16), attributes: '' }
const merged: Fingerprint = { ...entry, ino: 0n, ctimeNs: -1n, hash: '1'.repeat(16), attributes: 'a'.repeat(16) }
const upper = { ino: 9n, ctimeNs: 8n, size: 5 }

/** As a later command reads it. */
function reloaded(facts: readonly LedgerFact[]): ReturnType<typeof createLedger> {
  return createLedger(false, parseLedger(formatHeader(false) + facts.map(formatFact).join(''))?.facts)
}

describe('what was merged', () => {
  const facts: LedgerFact[] = [
    { path, base: found },
    { path, settled: { ...upper, merged } },
  ]

  it('is the base from then on', () => {
    const ledger = reloaded(facts)
    expect(ledger.base(path)).toEqual(merged)
    expect(ledger.settled(path)).toEqual({ ...upper, merged })
    expect(reloaded([...ledger.facts()]).base(path)).toEqual(merged)
  })

  it('gives way to the former base when the merge is undone', () => {
    expect(reloaded([...facts, { path, settled: 'none' }]).base(path)).toEqual(found)
  })

  it('gives way to a base that is learnt later, for good', () => {
    const later = { ...found, ino: 11n }
    const ledger = reloaded([...facts, { path, base: later }])
    expect(ledger.base(path)).toEqual(later)
    expect(ledger.settled(path)).toMatchObject(upper)
    expect(reloaded([...ledger.facts()]).base(path)).toEqual(later)
  })

  it('gives way to what is settled later', () => {
    expect(reloaded([...facts, { path, settled: upper }]).base(path)).toEqual(found)
    expect(reloaded([...facts, { path, settled: 'whiteout' }]).base(path)).toEqual(found)
  })
})
