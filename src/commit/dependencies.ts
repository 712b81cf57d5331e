import type { Change } from '../changeset/change.js'
import type { RenamePair } from '../changeset/exact-renames.js'
import type { RelPath } from '../paths/byte-string.js'
import { inherit } from '../paths/inherit.js'
import { parentOf, rootPath } from '../paths/rel-path.js'

/** Which changes cannot be committed without which others. */
export interface Dependencies {
  /** `chosen` with everything that they need: directories made above them, their link group, the other end of a rename. */
  close(chosen: Iterable<Change>): Set<Change>
  /** `dropped` with everything that cannot stand without them. */
  closeDropped(dropped: Iterable<Change>): Set<Change>
}

/** `redirects` are the upper's redirected entries; `moves` files that were moved without one, by their content. */
export function findDependencies(
  changes: readonly Change[],
  redirects: readonly RelPath[],
  moves: readonly RenamePair[] = [],
): Dependencies {
  const needs = new Map<Change, Change[]>()
  const neededBy = new Map<Change, Change[]>()
  const link = (from: Change, to: Change): void => {
    push(needs, from, to)
    push(neededBy, to, from)
  }
  linkParents(changes, link)
  linkGroups(changes, link)
  linkRenames(changes, redirects, link)
  for (const { from, to } of moves) linkBoth(link, from, to)
  return { close: (chosen) => reach(chosen, needs), closeDropped: (dropped) => reach(dropped, neededBy) }
}

type Link = (from: Change, to: Change) => void

/** An entry needs the directory that the session made for it, or put in the place of something else. */
function linkParents(changes: readonly Change[], link: Link): void {
  const madeDirs = new Map<RelPath, Change>()
  for (const change of changes) {
    if (change.wanted?.type === 'dir' && change.base?.type !== 'dir') madeDirs.set(change.path, change)
  }
  if (madeDirs.size === 0) return
  // That one needs those above it in its turn.
  const nearest = inherit<Change | undefined>(undefined, (dir, above) => madeDirs.get(dir) ?? above)
  for (const change of changes) {
    const made = nearest(parentOf(change.path))
    if (made !== undefined) link(change, made)
  }
}

/** Hard links of one inode go together, or they would be links no more. */
function linkGroups(changes: readonly Change[], link: Link): void {
  const first = new Map<string, Change>()
  for (const change of changes) {
    const group = change.wanted?.linkGroup
    if (group === undefined) continue
    const other = first.get(group)
    if (other === undefined) first.set(group, change)
    else linkBoth(link, change, other)
  }
}

/**
 * A rename is one deed: everything at and below the new name, and the old name's end. The redirect that makes merged show
 * what lies below is moved with it, so nothing of it can stay pending.
 */
function linkRenames(changes: readonly Change[], redirects: readonly RelPath[], link: Link): void {
  if (redirects.length === 0) return
  const byPath = new Map(changes.map((change) => [change.path, change]))
  const tops = new Set(redirects)
  const first = new Map<RelPath, Change>()
  const nearestTop = inherit<RelPath | undefined>(undefined, (dir, above) => (tops.has(dir) ? dir : above))
  const nearestChange = inherit<Change | undefined>(byPath.get(rootPath), (dir, above) => byPath.get(dir) ?? above)
  const linkToTop = (change: Change, top: RelPath | undefined): void => {
    if (top !== undefined) linkBoth(link, change, firstOf(first, top, change))
  }
  for (const change of changes) {
    linkToTop(change, nearestTop(change.path))
    if (change.from === undefined) continue
    const source = nearestChange(change.from)
    const gone = source === change ? nearestChange(parentOf(change.from)) : source
    if (gone !== undefined) linkBoth(link, change, gone)
  }
  // A redirect below another one stands with that.
  for (const [top, change] of [...first]) if (top !== rootPath) linkToTop(change, nearestTop(parentOf(top)))
}

function linkBoth(link: Link, one: Change, other: Change): void {
  link(one, other)
  link(other, one)
}

function firstOf(first: Map<RelPath, Change>, top: RelPath, change: Change): Change {
  const known = first.get(top) ?? change
  first.set(top, known)
  return known
}

function push(map: Map<Change, Change[]>, key: Change, value: Change): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

function reach(start: Iterable<Change>, edges: ReadonlyMap<Change, readonly Change[]>): Set<Change> {
  const reached = new Set(start)
  for (const change of reached) {
    for (const next of edges.get(change) ?? []) reached.add(next)
  }
  return reached
}
