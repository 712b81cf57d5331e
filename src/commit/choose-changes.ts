import type { Change } from '../changeset/change.js'
import type { RenamePair } from '../changeset/exact-renames.js'
import { type ConflictPolicy, yieldsToSession } from '../conflict/conflict.js'
import { OverlayError } from '../errors/overlay-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { isWithin } from '../paths/rel-path.js'
import { findDependencies } from './dependencies.js'
import type { JudgedChange } from './judged-change.js'
import type { UnmergedChange } from './merge/unmerged.js'

/** What becomes of each change of a session in one commit. */
export interface ChosenChanges {
  /** In tree order. */
  readonly apply: readonly JudgedChange[]
  /** Stay in the session: not asked for, or skipped for a conflict. */
  readonly pending: readonly Change[]
  /** Given up for the project's side by `theirs`. */
  readonly givenUp: readonly Change[]
  /** Among those asked for, whatever the policy makes of them. */
  readonly conflicting: readonly JudgedChange[]
  /** Under `merge`. */
  readonly merges?: ChosenMerges
}

/** What came of the conflicts under `merge`. */
export interface ChosenMerges {
  /** Among `apply`. */
  readonly applied: readonly JudgedChange[]
  /** The project holds the merge already. */
  readonly present: readonly JudgedChange[]
  readonly unmerged: readonly UnmergedChange[]
}

/**
 * {@link chooseAsked} for the changes at or below any of `paths`, all without paths.
 * @throws OverlayError `NO_SUCH_CHANGE` when a path names no change
 */
export function chooseChanges(
  judged: readonly JudgedChange[],
  redirects: readonly RelPath[],
  paths: readonly RelPath[],
  policy: ConflictPolicy,
  moves: readonly RenamePair[] = [],
): ChosenChanges {
  const changes = judged.map(({ change }) => change)
  return chooseAsked(judged, redirects, selectByPath(changes, paths), policy, moves)
}

/**
 * `redirects` are the upper's redirected entries. Narrows the changes to those of `wanted` and what they depend on, then lets the
 * policy decide the conflicts. `moves` are files that were moved without a redirect. Under `abort` and `merge` conflicts are only reported: the caller refuses.
 */
export function chooseAsked(
  judged: readonly JudgedChange[],
  redirects: readonly RelPath[],
  wanted: readonly Change[],
  policy: ConflictPolicy,
  moves: readonly RenamePair[] = [],
): ChosenChanges {
  const changes = judged.map(({ change }) => change)
  // All of them need nothing more.
  const asked =
    wanted.length === changes.length ? new Set(changes) : findDependencies(changes, redirects, moves).close(wanted)
  const conflicting = judged.filter(({ change, conflicts }) => conflicts.length > 0 && asked.has(change))
  const stopped = conflicting
    .filter(({ conflicts }) => policy !== 'ours' || !conflicts.every(yieldsToSession))
    .map(({ change }) => change)
  // Where one end of a move must stay, the other is a file of its own.
  const left = stopped.length === 0 ? new Set<Change>() : findDependencies(changes, redirects).closeDropped(stopped)
  return {
    apply: judged.filter(({ change }) => asked.has(change) && !left.has(change)),
    pending: changes.filter((change) => !asked.has(change) || (policy !== 'theirs' && left.has(change))),
    givenUp: policy === 'theirs' ? [...left].filter((change) => asked.has(change)) : [],
    conflicting,
  }
}

/** The changes at or below any of `paths`, all without paths. @throws OverlayError `NO_SUCH_CHANGE` */
export function selectByPath(changes: readonly Change[], paths: readonly RelPath[]): readonly Change[] {
  if (paths.length === 0) return changes
  const covers = (change: Change, path: RelPath): boolean =>
    isWithin(change.path, path) || (change.from !== undefined && isWithin(change.from, path))
  const missing = paths.find((path) => !changes.some((change) => covers(change, path)))
  if (missing !== undefined) throw noSuchChange(missing, removedAbove(changes, missing))
  return changes.filter((change) => paths.some((path) => covers(change, path)))
}

/** The directory above `path` that the session removed or replaced as one. */
function removedAbove(changes: readonly Change[], path: RelPath): RelPath | undefined {
  return changes.find(
    (change) => change.base?.type === 'dir' && change.wanted?.type !== 'dir' && isWithin(path, change.path),
  )?.path
}

export function noSuchChange(path: RelPath, removed?: RelPath): OverlayError {
  return new OverlayError('NO_SUCH_CHANGE', `Expected a path that the session changed, got ${quoteName(path)}`, {
    path: quoteName(path),
    hint:
      removed === undefined
        ? 'See `openagentic-overlay status` for what changed.'
        : `The session removed the directory above as a whole: name ${quoteName(removed)}.`,
  })
}
