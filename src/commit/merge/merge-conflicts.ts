import type { Change, ContentSource } from '../../changeset/change.js'
import type { Machine } from '../../os/machine.js'
import type { ProcessRunner } from '../../os/process-runner.js'
import type { RelPath } from '../../paths/byte-string.js'
import { joinAbs } from '../../paths/rel-path.js'
import { composeFile, dropMade } from '../compose-file.js'
import type { JudgedChange } from '../judged-change.js'
import type { SessionView } from '../session-view.js'
import { type ConflictVersions, type VersionPlaces, writeConflictVersions } from './conflict-versions.js'
import { type ChangeMerge, mergeChange } from './merge-change.js'
import { createTextMerger } from './merge-files.js'
import type { Compose } from './merged-change.js'
import type { UnmergedChange, UnmergedReason } from './unmerged.js'

export interface MergeOptions {
  readonly runner: ProcessRunner
  readonly machine: Machine
  /** `PATH` that git is looked up in. */
  readonly searchPath: string
  readonly signal?: AbortSignal | undefined
  /** Writes no versions of what does not merge. */
  readonly dryRun: boolean
}

export interface MergeOutcome {
  /** What came of each change that merged, without conflicts. It has no aspects if the project holds the merge already. */
  readonly merged: ReadonlyMap<Change, JudgedChange>
  readonly unmerged: readonly UnmergedChange[]
}

interface Unmerged extends ConflictVersions {
  readonly change: Change
  readonly why: UnmergedReason
}

/**
 * Merges conflicts three ways: the session's version, the project's, and what the session built upon. When some do not merge, versions are
 * written to the record's directory `conflicts`, in place of earlier ones.
 * @throws MovedWhileStaged when a side was written to since it was judged; `GIT_MISSING`, `GIT_FAILED`, `ABORTED`; SystemError
 */
export async function mergeConflicts(
  view: SessionView,
  conflicting: readonly JudgedChange[],
  options: MergeOptions,
): Promise<MergeOutcome> {
  const merged = new Map<Change, JudgedChange>()
  const unmerged: Unmerged[] = []
  const madeNs = options.machine.realtimeNs()
  const compose: Compose = (content) => ({ source: options.dryRun ? nowhere : composeFile(view, content), madeNs })
  const merger = createTextMerger(view, options)
  try {
    for (const judged of conflicting) {
      const { change } = judged
      const found = await mergeChange(view, judged, merger, compose)
      if (found.is === 'merged') {
        merged.set(change, { change: found.change, conflicts: [], subtree: judged.subtree, merged: found.session })
        if (!options.dryRun) keepSession(view, found)
      } else {
        const { why, texts, marked } = found
        unmerged.push({ path: change.path, change, why, ...(texts ?? { base: baseOf(view, change) }), merged: marked })
      }
    }
  } finally {
    merger.close()
    if (options.dryRun) dropMade(view)
  }
  // The journal's own flush takes it along, so that what recovery notes of the merge has its text.
  if (!options.dryRun) view.pack.save(view.ledger.ledger)
  const places = options.dryRun ? noPlaces : writeConflictVersions(view, unmerged)
  return { merged, unmerged: unmerged.map((conflict) => withPlaces(view, conflict, places)) }
}

/** A dry run takes content from nowhere. */
const nowhere: ContentSource = { layer: 'made', path: '' as RelPath }

/** The next merge of this file begins with what the session has now. */
function keepSession({ pack }: SessionView, { session, text }: Extract<ChangeMerge, { is: 'merged' }>): void {
  if (session.hash !== undefined) pack.keep(session.hash, session.size, { bytes: text })
}

const noPlaces: ReadonlyMap<RelPath, VersionPlaces> = new Map()

function baseOf({ ledger, pack }: SessionView, { path }: Change): Uint8Array | undefined {
  const known = ledger.ledger.base(path)
  if (known === undefined || known === 'absent' || known.hash === undefined) return undefined
  return pack.read(known.hash, known.size)
}

/** What was not written is where it is anyway. */
function withPlaces(
  { session }: SessionView,
  { path, change, why }: Unmerged,
  places: ReadonlyMap<RelPath, VersionPlaces>,
): UnmergedChange {
  const { base, ours, theirs, merged } = places.get(path) ?? {}
  return {
    path,
    why,
    ours: ours ?? (change.wanted && joinAbs(session.merged, path)),
    theirs: theirs ?? (change.base && joinAbs(session.project, path)),
    base,
    merged,
  }
}
