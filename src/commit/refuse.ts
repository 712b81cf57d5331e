import type { Conflict, ConflictReason } from '../conflict/conflict.js'
import { OverlayError } from '../errors/overlay-error.js'
import { quoteName } from '../paths/quote-name.js'
import type { Session } from '../session/session.js'
import type { ChosenChanges } from './choose-changes.js'
import { findRefusals, type ProjectFacts } from './find-refusals.js'
import type { UnmergedChange } from './merge/unmerged.js'
import type { AllowKind, Recovery, Review } from './types.js'

/** @throws OverlayError `COMMIT_CONFLICT` if any change that was asked for conflicts, and does not merge under that policy */
export function refuseConflicts(chosen: ChosenChanges, session: Session): void {
  if (chosen.merges !== undefined) {
    const { unmerged } = chosen.merges
    const left = new Set(unmerged.map(({ path }) => path))
    const conflicts = chosen.conflicting.flatMap((judged) => (left.has(judged.change.path) ? judged.conflicts : []))
    if (conflicts.length > 0) throw unmergedError(conflicts, session, unmerged)
    return
  }
  const conflicts = chosen.conflicting.flatMap((judged) => judged.conflicts)
  if (conflicts.length > 0) throw conflictError(conflicts, session)
}

/** `COMMIT_CONFLICT` for conflicts, the first one in words. */
export function conflictError(
  conflicts: readonly Conflict[],
  session: Session,
  kind: Recovery['kind'] = 'commit',
): OverlayError {
  const [first] = conflicts
  const more = conflicts.length > 1 ? ` (and ${conflicts.length - 1} more)` : ''
  const what = first === undefined ? 'it changed' : `${quoteName(first.at)} ${happened[first.reason]}`
  const [found, done] = kind === 'undo' ? ['the commit left', 'undone'] : ['the session found', 'committed']
  const message = `Expected the project as ${found} it, but ${what}${more}; nothing was ${done}`
  return new OverlayError('COMMIT_CONFLICT', message, {
    path: first && quoteName(first.at),
    hint:
      kind === 'undo'
        ? `What the commit displaced stays in ${quoteName(session.dir)}/undo; undo again once the paths are as it left them.`
        : `Compare ${quoteName(session.merged)} with the project, then commit with --on-conflict skip, ours, theirs or merge, or name the paths to commit.`,
    details: { conflicts },
  })
}

/** {@link conflictError} for what does not merge: names where its versions are. */
function unmergedError(
  conflicts: readonly Conflict[],
  session: Session,
  unmerged: readonly UnmergedChange[],
): OverlayError {
  const { message, path } = conflictError(conflicts, session)
  return new OverlayError('COMMIT_CONFLICT', message, { path, hint: mergeHint, details: { conflicts, unmerged } })
}

const mergeHint =
  'Give the session what you want to keep of both versions, then commit these paths with --on-conflict ours; or use skip or theirs.'

const happened: Readonly<Record<ConflictReason, string>> = {
  changed: 'was changed',
  appeared: 'appeared',
  vanished: 'was removed',
  'unknown-entry': 'lies in a directory that was to be removed',
  hidden: 'is hidden from the session',
  mount: 'has something mounted on it',
  parent: 'lost the directory that holds it',
}

/**
 * Looks at what is to be applied, in the form in which it is applied: composed, merged, or in part.
 * @throws OverlayError `COMMIT_REFUSED` if it holds a kind that was not allowed
 */
export function refuseKinds({ apply }: ChosenChanges, facts: ProjectFacts, allow: readonly AllowKind[]): void {
  const refused = apply.flatMap(({ change }) => findRefusals(change, facts)).filter(({ kind }) => !allow.includes(kind))
  const [first] = refused
  if (first === undefined) return
  const kinds = [...new Set(refused.map(({ kind }) => kind))].sort()
  const more = refused.length > 1 ? ` (and ${refused.length - 1} more)` : ''
  throw new OverlayError(
    'COMMIT_REFUSED',
    `Expected no change of the kind ${first.kind}: ${quoteName(first.path)}: ${first.reason}${more}; nothing was changed`,
    {
      path: quoteName(first.path),
      hint: `Look at it; if you want it, commit with ${kinds.map((kind) => `--allow ${kind}`).join(' ')}, or leave it out by naming other paths.`,
      details: { refusals: refused },
    },
  )
}

/** @throws OverlayError `COMMIT_MOVED` if `now` is not what a person was shown */
export function refuseMoved(shown: Review | undefined, now: Pick<Review, 'changeSet'>): void {
  if (shown === undefined) return
  const before = shown.changeSet.changes.map(keyOf)
  const after = now.changeSet.changes.map(keyOf)
  const at = after.findIndex((key, index) => key !== before[index])
  if (at === -1 && before.length === after.length) return
  const path = now.changeSet.changes[at]?.path ?? shown.changeSet.changes[after.length]?.path
  throw new OverlayError(
    'COMMIT_MOVED',
    'Expected the changes that were shown, but the session or the project changed since; nothing was changed',
    {
      path: path === undefined ? undefined : quoteName(path),
      hint: 'Look at the changes again, then commit.',
    },
  )
}

function keyOf({ path, kind, upper, base, wanted }: Review['changeSet']['changes'][number]): string {
  return `${path}\0${kind}:${upper.ino}:${upper.ctimeNs}:${wanted?.size}:${base?.ino}:${base?.ctimeNs}`
}
