import type { Change, ChangeSet } from '../changeset/change.js'
import type { RenamePair } from '../changeset/exact-renames.js'
import type { FilePatch } from '../changeset/patch/file-patch.js'
import type { Conflict, ConflictPolicy } from '../conflict/conflict.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import type { UnmergedChange } from './merge/unmerged.js'

/** Kinds of content that a commit refuses unless they are allowed by name. */
export type AllowKind = 'devices' | 'special' | 'setid' | 'capabilities' | 'outside-links' | 'protected'

export const allowKinds: readonly AllowKind[] = [
  'devices',
  'special',
  'setid',
  'capabilities',
  'outside-links',
  'protected',
]

export interface Refusal {
  readonly path: RelPath
  readonly kind: AllowKind
  readonly reason: string
}

/** A session's changes judged against the project as it is now. Nothing was written but the ledger. */
export interface Review {
  readonly changeSet: ChangeSet
  /** Keyed by the path of the change. A change without a conflict can be applied as it is. */
  readonly conflicts: readonly Conflict[]
  readonly refusals: readonly Refusal[]
  /** Deletions and creations that look like one move, for people to read; a commit carries them out as they are. */
  readonly moves: readonly RenamePair[]
}

export interface CommitOptions {
  /** Only these paths and what they depend on; all changes when empty or absent. */
  readonly paths?: readonly RelPath[]
  /** Only these parts of the changes; with `paths`, those of them that lie there. Needs `git`; conflicts by `abort` or `skip` alone. */
  readonly hunks?: HunkChoice
  /** Where git is, and where it may put what it works on. */
  readonly git?: GitPlace
  readonly onConflict?: ConflictPolicy
  readonly allow?: readonly AllowKind[]
  /** Plans and verifies, writes nothing. */
  readonly dryRun?: boolean
  /** `false` for throw-away trees: no `syncfs`. */
  readonly sync?: boolean
  /**
   * Ends the session if nothing stays pending: its files are moved into the project, not copied, where both lie on one file
   * system. It is unmounted for that, and an undo opens it again.
   */
  readonly close?: boolean
  /** What a person was shown; the commit fails with `COMMIT_MOVED` if it would do anything else. */
  readonly reviewed?: Review
  /** What stays of commits, so that they can be undone; as the project's `config.json` says unless given. */
  readonly undo?: UndoRetention
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: CommitProgress) => void
  /** A commit of the session had been cut short, and was brought to its end before this one began. */
  readonly onRecovered?: (recovery: Recovery) => void | Promise<void>
}

/** For how long a session keeps what its commits displaced. What is kept can be undone. */
export interface UndoRetention {
  /** Commits, the newest. */
  readonly keep: number
  /** Age that none of them exceeds, by when the commit began. */
  readonly days: number
}

/** What became of a commit, or of an undo, that had been cut short. */
export interface Recovery {
  /** `finished`: the project is the new tree; `rolled-back`: it is the old one. */
  readonly outcome: 'finished' | 'rolled-back'
  readonly kind: 'commit' | 'undo'
  /** Of a finished one: paths that the person had changed by then, and that are as they left them. */
  readonly conflicts: readonly Conflict[]
  /** Where what somebody's edit displaced is kept, below the session's record. */
  readonly kept: string | undefined
  /** What went wrong without harm, in sentences. */
  readonly warnings: readonly string[]
}

/** What it takes to run git. */
export interface GitPlace {
  /** `PATH` that git is looked up in. */
  readonly path: string
  /** Holds copies of changed files while git compares them. */
  readonly tempDir: AbsPath
}

/** Parts of a session's changes. What is in none of the lists stays pending. */
export interface HunkChoice {
  /** A patch, in git's form: see `parsePatch`. Its hunks of a text file are taken one by one, all else as a whole. */
  readonly files: readonly FilePatch[]
  /** Changes that are taken as they are, by their own path. */
  readonly whole: readonly RelPath[]
  /** Paths whose mode, owner and extended attributes are taken, whatever `files` has of them. */
  readonly attributes: readonly RelPath[]
}

export interface CommitProgress {
  readonly step: 'scan' | 'verify' | 'stage' | 'apply' | 'sync'
  readonly done: number
  /** 0 while it is not known. */
  readonly total: number
}

export interface CommitSummary {
  readonly dryRun: boolean
  /** The session's files are the project's now: it can only be undone or discarded. */
  readonly closed: boolean
  readonly applied: readonly Change[]
  /** Left pending by `skip`, or by a list of paths. */
  readonly pending: readonly Change[]
  /** Where the project already was what the session wants, or `theirs` kept the project's. */
  readonly dropped: readonly Change[]
  /** All that was found, whatever the policy made of it. */
  readonly conflicts: readonly Conflict[]
  /** Conflicts that `merge` merged: each as it turns the project's entry into the merge, without aspects where that was there already. */
  readonly merged: readonly Change[]
  /** Conflicts for which the commit that a dry run tells of would stop, as they do not merge. */
  readonly unmerged: readonly UnmergedChange[]
  /** What went wrong without harm to the commit, in sentences. */
  readonly warnings: readonly string[]
}
