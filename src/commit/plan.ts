import type { Aspect, UpperIdentity, WantedEntry } from '../changeset/change.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { parentOf } from '../paths/rel-path.js'
import type { DirectoryMove } from './directory-moves.js'
import { takenDir } from './journal/journal-directory.js'
import type { Expected } from './journal/journal-plan.js'
import type { JudgedChange } from './judged-change.js'

/** One move on the real tree, before anything is built for it; see `JournalStep`. */
export type PlannedStep =
  | (PlannedArrival & { readonly does: 'place' })
  | (PlannedArrival & { readonly does: 'exchange'; readonly expected: Expected })
  /** A directory whose entries arrive by steps of their own gets its attributes when all are there. */
  | { readonly does: 'finish'; readonly path: RelPath; readonly wanted: WantedEntry }
  | { readonly does: 'move'; readonly from: RelPath; readonly path: RelPath; readonly expected: Expected }
  | { readonly does: 'remove'; readonly path: RelPath; readonly slot: RelPath; readonly expected: Expected }
  | {
      readonly does: 'attributes'
      readonly path: RelPath
      readonly wanted: WantedEntry
      readonly aspects: ReadonlySet<Aspect>
      readonly before: EntryStat
    }

interface PlannedArrival {
  readonly path: RelPath
  readonly slot: RelPath
  readonly wanted: WantedEntry
  /** The upper file itself is moved. */
  readonly taken: TakenFile | undefined
}

/** An upper file that is moved into the project instead of being copied. */
export interface TakenFile {
  readonly ino: bigint
  /** Names of overlayfs' own marks on it. */
  readonly strip: readonly ByteString[]
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
  /** A directory before what goes into it. Emptied once all of it is built: there may be some hundred thousand. */
  readonly stage: StagedEntry[]
  /** In the order of doing: entries first, then the attributes of directories, the deepest first. */
  readonly steps: readonly PlannedStep[]
}

/**
 * Turns changes (in tree order) into work. Each entry that the project lacks or gets replaced is staged under a number; what
 * a new directory holds is staged inside of it and arrives with it, in one rename.
 * @param moves directories that get another path; the changes below are as seen from there
 * @param taken for a commit that ends its session: files of the upper that are moved themselves. Nothing is staged inside of anything then.
 */
export function makePlan(
  changes: readonly JudgedChange[],
  moves: readonly DirectoryMove[] = [],
  taken?: ReadonlyMap<RelPath, TakenFile>,
): Plan {
  const stage: StagedEntry[] = []
  const steps: PlannedStep[] = []
  const directories: PlannedStep[] = []
  const stagedDirs = new Map<RelPath, RelPath>()
  let count = 0
  const moved = new Map(moves.map((move) => [move.path, move]))
  const newSlot = (): RelPath => slotName(count++)

  for (const { change, subtree } of changes) {
    const { path, wanted, base, from, upper } = change
    const expected = base === undefined ? undefined : { stat: base, subtree }
    if (wanted === undefined) {
      if (expected !== undefined) steps.push({ does: 'remove', path, slot: newSlot(), expected })
      continue
    }
    const move = moved.get(path)
    if (move !== undefined)
      steps.push({ does: 'move', from: move.from, path, expected: { stat: move.stat, subtree: undefined } })
    const parent = stagedDirs.get(parentOf(path))
    if (parent !== undefined && taken === undefined) {
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
    const file = taken?.get(path)
    const slot = file === undefined ? newSlot() : (`${takenDir}/${path}` as RelPath)
    if (file === undefined) stage.push({ at: slot, path, wanted, from, upper })
    const arrival = { path, slot, wanted, taken: file }
    steps.push(expected === undefined ? { does: 'place', ...arrival } : { does: 'exchange', ...arrival, expected })
    if (wanted.type !== 'dir') continue
    stagedDirs.set(path, slot)
    if (taken !== undefined) directories.push({ does: 'finish', path, wanted })
  }
  return { stage, steps: [...steps, ...directories.reverse()] }
}

/**
 * Long names, so that a directory of many has many blocks: ext4 finds a name by its hash, and then looks through one block (10,000
 * files are made in two thirds of the time).
 */
function slotName(number: number): RelPath {
  return `stage/${`${number}`.padStart(48, '0')}` as RelPath
}

/** Only attributes differ. A file with other names in the project must not have them changed there as well. */
function keepsInode(aspects: ReadonlySet<string>, wanted: WantedEntry, base: EntryStat): boolean {
  if (wanted.type === 'dir') return base.type === 'dir'
  const replaced = aspects.has('type') || aspects.has('content') || aspects.has('links')
  return !replaced && base.nlink === 1
}
