import type { Change, ChangeKind } from '../changeset/change.js'
import { isListed, type StatusLetter, statusLetter } from '../changeset/patch/status-letter.js'
import type { AllowKind, CommitSummary, Refusal, Review } from '../commit/types.js'
import type { UndoSummary } from '../commit/undo-commit.js'
import type { Conflict, ConflictReason } from '../conflict/conflict.js'
import { jsonName } from '../paths/bytes.js'

/** A change of a session. Paths are relative to the project, in the form of `jsonName`, here and below. */
export interface ChangedPath {
  readonly path: string
  /** Where it was, of a rename. */
  readonly from?: string
  readonly kind: ChangeKind
  /** As `status` of the command line has it. */
  readonly status: StatusLetter
}

/** Where the project is not what the session built upon. */
export interface ConflictingPath {
  /** The change that cannot be applied as it is. */
  readonly path: string
  /** The entry that is the trouble, at `path` or below. */
  readonly at: string
  readonly reason: ConflictReason
  readonly expected: string
  readonly found: string
}

/** What a commit takes only if its kind is allowed. */
export interface RefusedPath {
  readonly path: string
  readonly kind: AllowKind
  readonly reason: string
}

export interface SessionChanges {
  /** Without what merely follows from another change. */
  readonly changes: readonly ChangedPath[]
  readonly conflicts: readonly ConflictingPath[]
  readonly refusals: readonly RefusedPath[]
  /** All there is to know. As `reviewed` of a commit it makes the commit do this and nothing else. */
  readonly review: Review
}

export interface SessionCommit {
  readonly dryRun: boolean
  /** The session's files are the project's now: it can only be undone or discarded. */
  readonly closed: boolean
  readonly applied: readonly ChangedPath[]
  readonly pending: readonly ChangedPath[]
  /** All that were found, whatever the policy made of them. */
  readonly conflicts: readonly ConflictingPath[]
  /** What went wrong without harm, in sentences. */
  readonly warnings: readonly string[]
  readonly summary: CommitSummary
}

export interface SessionUndo {
  readonly dryRun: boolean
  /** When the commit began, in milliseconds since 1970. */
  readonly committed: number
  readonly restored: readonly string[]
  readonly warnings: readonly string[]
  readonly summary: UndoSummary
}

export function reportChanges(review: Review): SessionChanges {
  return {
    changes: changedPaths(review.changeSet.changes),
    conflicts: review.conflicts.map(conflictingPath),
    refusals: review.refusals.map(refusedPath),
    review,
  }
}

export function reportCommit(summary: CommitSummary): SessionCommit {
  const { dryRun, closed, applied, pending, conflicts, warnings } = summary
  return {
    dryRun,
    closed,
    applied: changedPaths(applied),
    pending: changedPaths(pending),
    conflicts: conflicts.map(conflictingPath),
    warnings,
    summary,
  }
}

export function reportUndo(summary: UndoSummary): SessionUndo {
  const { dryRun, committed, restored, warnings } = summary
  return { dryRun, committed, restored: restored.map(jsonName), warnings, summary }
}

export function changedPaths(changes: readonly Change[]): ChangedPath[] {
  return changes.filter(isListed).map((change) => ({
    path: jsonName(change.path),
    ...(change.kind === 'rename' && change.from !== undefined ? { from: jsonName(change.from) } : {}),
    kind: change.kind,
    status: statusLetter(change),
  }))
}

function conflictingPath({ path, at, reason, expected, found }: Conflict): ConflictingPath {
  return { path: jsonName(path), at: jsonName(at), reason, expected, found }
}

function refusedPath({ path, kind, reason }: Refusal): RefusedPath {
  return { path: jsonName(path), kind, reason }
}
