import type { Conflict } from '../../src/conflict/conflict.js'
import type { RelPath } from '../../src/paths/byte-string.js'
import { quoteName } from '../../src/paths/quote-name.js'
import { isWithin } from '../../src/paths/rel-path.js'
import type { TreeEntry, TreeSnapshot } from './tree.js'
import { treeDifferences } from './tree-oracle.js'

export interface PersonsWork {
  /** As it is in the end. */
  readonly tree: TreeSnapshot
  readonly old: TreeSnapshot
  readonly wanted: TreeSnapshot
  /** After the crash, before the person and after. */
  readonly between: TreeSnapshot
  readonly theirs: TreeSnapshot
  /** The session's record after the crash, and in the end. */
  readonly held: TreeSnapshot
  readonly kept: TreeSnapshot
  readonly conflicts: readonly Conflict[]
}

/** A commit and a person both move the times of directories that they work in. */
export function withoutDirectoryTimes(tree: TreeSnapshot): TreeSnapshot {
  return new Map([...tree].map(([path, entry]) => [path, entry.type === 'dir' ? { ...entry, mtimeNs: 0n } : entry]))
}

/**
 * Where the person did nothing since the crash and no conflict was told, the tree is the old one or the wanted one as a whole. What they wrote is where they
 * wrote it, and no content is gone.
 */
export function mustBeTheirsOrTarget(work: PersonsWork): void {
  const { tree, old, wanted, between, theirs, conflicts } = work
  const touched = touchedPaths(work)
  const excused = [...touched, ...touched.flatMap((path) => alongWith(work, path))]
  const isTouched = (path: RelPath): boolean =>
    [...excused, ...conflicts.map((conflict) => conflict.path)].some(
      (each) => isWithin(path, each) || isWithin(each, path),
    )
  const untouched = (from: TreeSnapshot): TreeSnapshot => new Map([...from].filter(([path]) => !isTouched(path)))
  const lines = [old, wanted].map((state) => treeDifferences(untouched(tree), untouched(state)))
  if (lines.every((found) => found.length > 0)) {
    throw new Error(
      `where nobody was, it is neither the old tree\n${lines[0]?.join('\n')}\nnor the new one\n${lines[1]?.join('\n')}`,
    )
  }
  for (const path of touched) {
    const made = theirs.get(path)
    // Extended attributes alone are not looked at once more, and mode and owner may be what is committed.
    if (made === undefined || isSameContent(between.get(path), made)) continue
    if (wentAlong(work, path).length > 0) continue
    if (!isSameContent(tree.get(path), made)) throw lost(path, made, tree.get(path))
  }
  mustHold(work)
}

/** Every content of the person's tree is still somewhere, and so is what the commit had displaced. */
function mustHold({ tree, old, wanted, theirs, held: then, kept }: PersonsWork): void {
  const held = new Set([...tree.values(), ...kept.values()].map(({ content }) => content))
  const known = new Set([...old.values(), ...wanted.values()].map(({ content }) => content))
  for (const [path, { type, content }] of [...theirs, ...[...then].filter(([, entry]) => known.has(entry.content))]) {
    if (type === 'file' && !held.has(content)) throw new Error(`the content of ${quoteName(path)} is nowhere any more`)
  }
}

function touchedPaths({ between, theirs }: PersonsWork): RelPath[] {
  const all = new Set([...between.keys(), ...theirs.keys()])
  return [...all].filter((path) => treeDifferences(only(theirs, path), only(between, path)).length > 0)
}

/** Where what the person did at `path` shows as well. */
function alongWith(work: PersonsWork, path: RelPath): RelPath[] {
  const names = [work.wanted, work.theirs, work.tree].flatMap((from) => {
    const group = from.get(path)?.linkedTo ?? ''
    return group === '' ? [] : [...from].flatMap(([other, { linkedTo }]) => (linkedTo === group ? [other] : []))
  })
  return [...names, ...wentAlong(work, path)]
}

/** Into a directory that was renamed after they had put it there. */
function wentAlong({ tree, theirs, between }: PersonsWork, path: RelPath): RelPath[] {
  const made = theirs.get(path)
  const dir = [...between.keys()].find((each) => each !== '' && path.startsWith(`${each}/`) && !tree.has(each))
  if (made === undefined || dir === undefined) return []
  const rest = path.slice(dir.length)
  return [...tree].flatMap(([other, entry]) => (other.endsWith(rest) && isSameContent(entry, made) ? [other] : []))
}

function only(tree: TreeSnapshot, path: RelPath): TreeSnapshot {
  const entry = tree.get(path)
  return new Map(entry === undefined ? [] : [[path, entry]])
}

function isSameContent(one: TreeEntry | undefined, other: TreeEntry): boolean {
  return one?.type === other.type && one.content === other.content
}

function lost(path: RelPath, made: TreeEntry, now: TreeEntry | undefined): Error {
  return new Error(
    `${quoteName(path)} was the person's ${made.type}, ${made.content}; now it is ${now?.type}, ${now?.content}`,
  )
}
