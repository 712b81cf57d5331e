import type { RelPath } from '../paths/byte-string.js'
import type { Fingerprint } from './fingerprint.js'

/** What the session's upper held when its change to a path was settled (committed, or given up for the project's). */
export interface SettledUpper {
  readonly ino: bigint
  readonly ctimeNs: bigint
  readonly size: number
  /** It was merged with the project's version: what the session had, all of which is in the merge. From then on the session builds upon this. */
  readonly merged?: Fingerprint | undefined
}

/** One thing learnt about a path. */
export type LedgerFact =
  | { readonly path: RelPath; readonly base: Fingerprint | 'absent' }
  | { readonly path: RelPath; readonly settled: SettledUpper | 'whiteout' | 'none' }

function mergedOf(settled: SettledUpper | 'whiteout' | undefined): Fingerprint | undefined {
  return typeof settled === 'object' ? settled.merged : undefined
}

/** What the session knows about the project's side of each path that it changed. */
export interface Ledger {
  /** The whole project was fingerprinted when the session began: a path without an entry held nothing then. */
  readonly complete: boolean
  /** The project's entry as the session found it, or what the session had when it was merged; `absent`: it held nothing; `undefined`: not known. */
  base(path: RelPath): Fingerprint | 'absent' | undefined
  /** The upper entry that is no change any more; `whiteout` for a settled deletion. */
  settled(path: RelPath): SettledUpper | 'whiteout' | undefined
  learn(fact: LedgerFact): void
  /** Facts learnt since the ledger was loaded or last taken from. */
  takeLearnt(): LedgerFact[]
  /** Everything known, each fact once. */
  facts(): Iterable<LedgerFact>
  /** Number of these. */
  size(): number
}

export function createLedger(complete: boolean, known: Iterable<LedgerFact> = []): Ledger {
  const bases = new Map<RelPath, Fingerprint | 'absent'>()
  const settled = new Map<RelPath, SettledUpper | 'whiteout'>()
  let learnt: LedgerFact[] = []
  const apply = (fact: LedgerFact): void => {
    if ('base' in fact) {
      bases.set(fact.path, fact.base)
      // It is younger than the merge.
      const upper = settled.get(fact.path)
      if (typeof upper === 'object' && upper.merged !== undefined)
        settled.set(fact.path, { ...upper, merged: undefined })
    } else if (fact.settled === 'none') settled.delete(fact.path)
    else settled.set(fact.path, fact.settled)
  }
  for (const fact of known) apply(fact)
  return {
    complete,
    base: (path) => mergedOf(settled.get(path)) ?? bases.get(path) ?? (complete ? 'absent' : undefined),
    settled: (path) => settled.get(path),
    learn: (fact) => {
      apply(fact)
      learnt.push(fact)
    },
    takeLearnt: () => {
      const taken = learnt
      learnt = []
      return taken
    },
    facts: () => factsOf(bases, settled),
    size: () => bases.size + settled.size,
  }
}

function* factsOf(
  bases: ReadonlyMap<RelPath, Fingerprint | 'absent'>,
  settled: ReadonlyMap<RelPath, SettledUpper | 'whiteout'>,
): Generator<LedgerFact> {
  for (const [path, base] of bases) yield { path, base }
  for (const [path, upper] of settled) yield { path, settled: upper }
}
