import type { Change } from '../changeset/change.js'
import { type Fingerprint, identityOf, isSameInstant } from '../fingerprint/fingerprint.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import type { SessionView } from './session-view.js'
import type { StagedInodes } from './stage.js'

/**
 * Remembers in the ledger what a commit did, so that a second one has nothing to do, and so that the project's new
 * entries count as what the session builds upon from now on.
 */
export function settleApplied(
  view: SessionView,
  applied: readonly Change[],
  staged: StagedInodes,
  touched: ReadonlyMap<RelPath, EntryStat>,
  news: ReadonlyMap<RelPath, Change>,
): void {
  const { ledger } = view.ledger
  for (const change of applied) {
    settleUpper(view, change)
    const now = view.base.stat(change.path)
    if (change.wanted === undefined) {
      if (now === undefined) ledger.learn({ path: change.path, base: 'absent' })
      continue
    }
    ledger.learn({
      path: change.path,
      base: isOurs(change, now, staged) ? identityOf(now) : unknownEntry(change, staged),
    })
  }
  for (const [path, before] of touched) {
    const now = view.base.stat(path)
    const wasKnown = isKnown(view, path, before) && !news.has(path)
    if (path !== '' && wasKnown && now?.type === 'dir') ledger.learn({ path, base: identityOf(now) })
    const dropped = news.get(path)
    if (dropped !== undefined) settleUpper(view, dropped)
  }
}

/**
 * The directory was what the session began with until the commit moved its entries. What a person made of one before is not what the
 * session builds upon: the ledger keeps what it was.
 */
function isKnown({ ledger, evidence }: SessionView, path: RelPath, before: EntryStat): boolean {
  const known = ledger.ledger.base(path)
  if (known !== undefined && known !== 'absent') return isSameInstant(known, before)
  return known === undefined && evidence.epochNs !== undefined && before.ctimeNs < evidence.epochNs
}

/** The session's side is given up for the project's: no change any more until the session writes there again. */
export function settleGivenUp(view: SessionView, changes: readonly Change[]): void {
  for (const change of changes) settleUpper(view, change)
}

function settleUpper(view: SessionView, { path, wanted, upper }: Change): void {
  const { ino, ctimeNs, size } = upper
  view.ledger.ledger.learn({ path, settled: wanted === undefined ? 'whiteout' : { ino, ctimeNs, size } })
}

/** What lies there is what was put there: a person's edit in the instant since would have moved one of these. */
function isOurs(change: Change, now: EntryStat | undefined, staged: StagedInodes): now is EntryStat {
  const { wanted, path } = change
  if (now === undefined || wanted === undefined || now.type !== wanted.type) return false
  const inode = staged.get(path)
  if (inode !== undefined && inode !== now.ino) return false
  if (now.type === 'dir') return now.mode === wanted.mode
  return now.size === wanted.size && now.mtimeNs === wanted.mtimeNs && now.mode === wanted.mode
}

/** Known to have been ours and changed at once: nothing that is found there later will match it. */
function unknownEntry({ wanted, path }: Change, staged: StagedInodes): Fingerprint {
  const { type, mode, uid, gid, size, mtimeNs } = wanted as NonNullable<Change['wanted']>
  return {
    type,
    mode,
    uid,
    gid,
    size,
    mtimeNs,
    ino: staged.get(path) ?? 0n,
    ctimeNs: -1n,
    hash: undefined,
    target: undefined,
  }
}
