import type { Aspect, UpperIdentity, WantedEntry } from '../changeset/change.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import { parentOf } from '../paths/rel-path.js'
import type { JudgedChange } from './judged-change.js'

/**
 * One move on the real tree.
 * - `place`: a staged entry goes where nothing is (RENAME_NOREPLACE).
 * - `exchange`: a staged entry and the project's swap places (RENAME_EXCHANGE).
 * - `remove`: the project's entry moves away to the stage (RENAME_NOREPLACE).
 * - `attributes`: mode, owner, attributes and times are set on the project's own inode.
 */
export type Step =
  | { readonly does: 'place'; readonly path: RelPath; readonly staged: string; readonly wanted: WantedEntry }
  | {
      readonly does: 'exchange'
      readonly path: RelPath
      readonly staged: string
      readonly wanted: WantedEntry
      readonly expected: Expected
    }
  | { readonly does: 'remove'; readonly path: RelPath; readonly staged: string; readonly expected: Expected }
  | {
      readonly does: 'attributes'
      readonly path: RelPath
      readonly wanted: WantedEntry
      readonly aspects: ReadonlySet<Aspect>
      readonly expected: Expected
    }

/** The project's entry as it was judged; what is displaced must be just that. */
export interface Expected {
  readonly stat: EntryStat
  /** Of everything below it, for a directory that goes away; `undefined`: whatever is there may go. */
  readonly subtree: string | undefined
}

/** An entry to build in the stage. `at` is its path there. */
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
  readonly steps: readonly Step[]
}

/**
 * Turns changes (in tree order) into work. Each entry that the project lacks or gets replaced is staged under a number; what
 * a new directory holds is staged inside of it and arrives with it, in one rename.
 */
export function makePlan(changes: readonly JudgedChange[]): Plan {
  const stage: StagedEntry[] = []
  const steps: Step[] = []
  const directories: Step[] = []
  const stagedDirs = new Map<RelPath, RelPath>()
  let count = 0
  const newName = (): string => `${count++}`

  for (const { change, subtree } of changes) {
    const { path, wanted, base, from, upper } = change
    const expected = base === undefined ? undefined : { stat: base, subtree }
    if (wanted === undefined) {
      if (expected !== undefined) steps.push({ does: 'remove', path, staged: newName(), expected })
      continue
    }
    const parent = stagedDirs.get(parentOf(path))
    if (parent !== undefined) {
      const at = `${parent}/${path.slice(parentOf(path).length + 1)}` as RelPath
      stage.push({ at, path, wanted, from, upper })
      if (wanted.type === 'dir') stagedDirs.set(path, at)
      continue
    }
    if (expected !== undefined && keepsInode(change.aspects, wanted, expected.stat)) {
      const step: Step = { does: 'attributes', path, wanted, aspects: change.aspects, expected }
      if (wanted.type === 'dir') directories.unshift(step)
      else steps.push(step)
      continue
    }
    const staged = newName()
    const at = staged as RelPath
    stage.push({ at, path, wanted, from, upper })
    if (wanted.type === 'dir') stagedDirs.set(path, at)
    steps.push(
      expected === undefined
        ? { does: 'place', path, staged, wanted }
        : { does: 'exchange', path, staged, wanted, expected },
    )
  }
  return { stage, steps: [...steps, ...directories] }
}

/** Only attributes differ. A file with other names in the project must not have them changed there as well. */
function keepsInode(aspects: ReadonlySet<string>, wanted: WantedEntry, base: EntryStat): boolean {
  if (wanted.type === 'dir') return base.type === 'dir'
  const replaced = aspects.has('type') || aspects.has('content') || aspects.has('links')
  return !replaced && base.nlink === 1
}
