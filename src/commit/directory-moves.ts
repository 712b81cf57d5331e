import type { Aspect, Change, WantedEntry } from '../changeset/change.js'
import { isBaseGroup } from '../changeset/link-groups.js'
import { digestSubtree, scanSubtree } from '../conflict/subtree-digest.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import { compareTreeOrder, isWithin, joinRel, parentOf } from '../paths/rel-path.js'
import type { JudgedChange } from './judged-change.js'
import type { SessionView } from './session-view.js'

/** A directory that a commit moves within the project, in one rename, instead of building it anew. */
export interface DirectoryMove {
  readonly from: RelPath
  readonly path: RelPath
  /** What the project holds at `from`. */
  readonly stat: EntryStat
}

export interface MovedChanges {
  /** In the order of their paths. */
  readonly moves: readonly DirectoryMove[]
  /** The changes that are left to do, those below a moved directory as seen from its new place. */
  readonly changes: readonly JudgedChange[]
}

/**
 * Finds renamed directories whose rename can be done as it was: the project has nothing at the new path, all of the old one goes, and no
 * other rename is mixed up with it, nor is the new parent made by the same commit. `redirects` are the upper's redirected entries.
 */
export function findDirectoryMoves(
  view: SessionView,
  applied: readonly JudgedChange[],
  redirects: readonly RelPath[],
): MovedChanges {
  if (redirects.length === 0) return { moves: [], changes: applied }
  const deleted = new Map(applied.flatMap(({ change }) => (change.kind === 'delete' ? [[change.path, change]] : [])))
  const candidates = applied.flatMap(({ change }) => toMove(change, deleted) ?? [])
  const moves = candidates.filter(
    (move) => isSimple(move, candidates, redirects) && keepsDirectory(view, applied, parentOf(move.path)),
  )
  if (moves.length === 0) return { moves, changes: applied }
  const byTarget = (path: RelPath): DirectoryMove | undefined => moves.find((move) => isWithin(path, move.path))
  const gone = new Set(moves.map(({ from }) => from))
  const changes = applied.flatMap((judged) => {
    if (gone.has(judged.change.path)) return []
    const move = byTarget(judged.change.path)
    return move === undefined ? [judged] : (asSeenThere(view, judged, move) ?? [])
  })
  const wanted = new Set(applied.map(({ change }) => change.path))
  for (const move of moves) changes.push(...removedBelow(view, move, wanted))
  return { moves, changes: changes.sort((a, b) => compareTreeOrder(a.change.path, b.change.path)) }
}

function toMove(
  { kind, path, from, base, wanted }: Change,
  deleted: ReadonlyMap<RelPath, Change>,
): DirectoryMove | undefined {
  if (kind !== 'rename' || wanted?.type !== 'dir' || from === undefined || base !== undefined) return undefined
  const stat = deleted.get(from)?.base
  return stat?.type === 'dir' ? { from, path, stat } : undefined
}

/** Neither end lies within an end of another rename. */
function isSimple(
  { from, path }: DirectoryMove,
  all: readonly DirectoryMove[],
  redirects: readonly RelPath[],
): boolean {
  const ends = all.flatMap((move) => (move.path === path ? [] : [move.from, move.path]))
  const others = [...ends, ...redirects.filter((redirect) => redirect !== path)]
  const touches = (a: RelPath, b: RelPath): boolean => isWithin(a, b) || isWithin(b, a)
  return !touches(from, path) && !others.some((other) => touches(other, from) || touches(other, path))
}

/** The project has the directory, and keeps it. */
function keepsDirectory({ base }: SessionView, applied: readonly JudgedChange[], dir: RelPath): boolean {
  const made = applied.find(({ change }) => change.path === dir)?.change
  return base.stat(dir)?.type === 'dir' && (made === undefined || made.base?.type === 'dir')
}

/** `undefined` for what the move itself brings along. */
function asSeenThere({ base }: SessionView, judged: JudgedChange, move: DirectoryMove): JudgedChange | undefined {
  const { change } = judged
  const { wanted, path } = change
  if (wanted === undefined) return judged
  if (path !== move.path && change.implied && wanted.type !== 'dir') return undefined
  const source = sourceOf(path, move)
  const now = base.stat(source)
  if (now === undefined) return judged
  const aspects = aspectsOf(wanted, now, source)
  return { ...judged, change: { ...change, from: source, base: now, aspects } }
}

/** Where the project holds what will be at `path` when the moves are done. */
export function beforeMoves(path: RelPath, moves: readonly Pick<DirectoryMove, 'from' | 'path'>[]): RelPath {
  const move = moves.find((each) => isWithin(path, each.path))
  return move === undefined ? path : sourceOf(path, move)
}

function sourceOf(path: RelPath, move: Pick<DirectoryMove, 'from' | 'path'>): RelPath {
  return `${move.from}${path.slice(move.path.length)}` as RelPath
}

function aspectsOf(wanted: WantedEntry, now: EntryStat, source: RelPath): Set<Aspect> {
  const { content } = wanted
  const isSame = content?.layer === 'base' && content.path === source
  const differing: (Aspect | false)[] = [
    wanted.type !== now.type && 'type',
    wanted.type !== 'dir' && !isSame && 'content',
    wanted.mode !== now.mode && 'mode',
    (wanted.uid !== now.uid || wanted.gid !== now.gid) && 'owner',
    wanted.mtimeNs !== now.mtimeNs && 'times',
    wanted.linkGroup !== undefined && !isBaseGroup(wanted.linkGroup) && 'links',
    // Looked at when they are set.
    'xattrs',
  ]
  return new Set(differing.filter((aspect) => aspect !== false))
}

/** What the session removed from the directory since it moved it. */
function removedBelow(view: SessionView, move: DirectoryMove, wanted: ReadonlySet<RelPath>): JudgedChange[] {
  const { ops, hasher, base } = view
  const removed: JudgedChange[] = []
  const kept = new Set<RelPath>([move.from])
  for (const [dir, entries] of scanSubtree(ops, base, move.from)) {
    if (!kept.has(dir)) continue
    for (const { name, stat } of entries) {
      const at = joinRel(dir, name)
      const path = `${move.path}${at.slice(move.from.length)}` as RelPath
      if (wanted.has(path)) kept.add(at)
      else removed.push({ change: deletion(path, stat), conflicts: [], subtree: stat.type === 'dir' ? at : undefined })
    }
  }
  base.forget()
  return removed.map(({ subtree, ...judged }) => ({
    ...judged,
    subtree: subtree === undefined ? undefined : digestSubtree(ops, hasher, base, subtree as RelPath),
  }))
}

function deletion(path: RelPath, base: EntryStat): Change {
  return {
    kind: 'delete',
    path,
    from: undefined,
    wanted: undefined,
    base,
    aspects: new Set(),
    upper: { ino: 0n, ctimeNs: 0n, size: 0, btimeNs: undefined },
    origin: 'none',
    implied: true,
    overMask: false,
  }
}
