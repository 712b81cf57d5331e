import type { Aspect, UpperIdentity, WantedEntry } from '../changeset/change.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import { parentOf } from '../paths/rel-path.js'
import type { Expected } from './journal/journal-plan.js'
import type { JudgedChange } from './judged-change.js'

/** One move on the real tree, before anything is built for it; see `JournalStep`. */
export type PlannedStep =
  | { readonly does: 'place'; readonly path: RelPath; readonly slot: RelPath; readonly wanted: WantedEntry }
  | {
      readonly does: 'exchange'
      readonly path: RelPath
      readonly slot: RelPath
      readonly wanted: WantedEntry
      readonly expected: Expected
    }
  | { readonly does: 'remove'; readonly path: RelPath; readonly slot: RelPath; readonly expected: Expected }
  | {
      readonly does: 'attributes'
      readonly path: RelPath
      readonly wanted: WantedEntry
      readonly aspects: ReadonlySet<Aspect>
      readonly before: EntryStat
    }

/** An entry to build. `at` is its path below the commit's directory in `undo/`. */
export interface StagedEntry {
  readonly at: RelPath
  readonly path: RelPath
  readonly wanted: WantedEntry
  /** Where the project holds it now, for what a renamed directory brings along. */
  readonly from: RelPath | undefined
  /** The upper entry as it was judged. */
  readonly upper: UpperIdentity
}

export interface Plan {
  /** A directory before what goes into it. */
  readonly stage: readonly StagedEntry[]
  /** In the order of doing: entries first, then the attributes of directories, the deepest first. */
  readonly steps: readonly PlannedStep[]
}

/**
 * Turns changes (in tree order) into work. Each entry that the project lacks or gets replaced is staged under a number; what
 * a new directory holds is staged inside of it and arrives with it, in one rename.
 */
export function makePlan(changes: readonly JudgedChange[]): Plan {
  const stage: StagedEntry[] = []
  const steps: PlannedStep[] = []
  const directories: PlannedStep[] = []
  const stagedDirs = new Map<RelPath, RelPath>()
  let count = 0
  const newSlot = (): RelPath => `stage/${count++}` as RelPath

  for (const { change, subtree } of changes) {
    const { path, wanted, base, from, upper } = change
    const expected = base === undefined ? undefined : { stat: base, subtree }
    if (wanted === undefined) {
      if (expected !== undefined) steps.push({ does: 'remove', path, slot: newSlot(), expected })
      continue
    }
    const parent = stagedDirs.get(parentOf(path))
    if (parent !== undefined) {
      const at = `${parent}/${path.slice(parentOf(path).length + 1)}` as RelPath
      stage.push({ at, path, wanted, from, upper })
      if (wanted.type === 'dir') stagedDirs.set(path, at)
      continue
    }
    if (base !== undefined && keepsInode(change.aspects, wanted, base)) {
      const step: PlannedStep = { does: 'attributes', path, wanted, aspects: change.aspects, before: base }
      if (wanted.type === 'dir') directories.push(step)
      else steps.push(step)
      continue
    }
    const slot = newSlot()
    stage.push({ at: slot, path, wanted, from, upper })
    if (wanted.type === 'dir') stagedDirs.set(path, slot)
    steps.push(
      expected === undefined
        ? { does: 'place', path, slot, wanted }
        : { does: 'exchange', path, slot, wanted, expected },
    )
  }
  return { stage, steps: [...steps, ...directories.reverse()] }
}

/** Only attributes differ. A file with other names in the project must not have them changed there as well. */
function keepsInode(aspects: ReadonlySet<string>, wanted: WantedEntry, base: EntryStat): boolean {
  if (wanted.type === 'dir') return base.type === 'dir'
  const replaced = aspects.has('type') || aspects.has('content') || aspects.has('links')
  return !replaced && base.nlink === 1
}
