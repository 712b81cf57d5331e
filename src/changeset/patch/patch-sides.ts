import type { Fd, FileOps } from '../../os/file-ops.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { inherit } from '../../paths/inherit.js'
import { ancestorsOf, parentOf } from '../../paths/rel-path.js'
import type { Change } from '../change.js'
import { attributeNotes } from './attribute-notes.js'
import { type BaseTree, baseEntry, baseTree } from './base-tree.js'
import { directoryNote, entryNote } from './entry-note.js'
import type { PatchNote } from './patch-note.js'
import { fileMode, type SideEntry } from './tree-side.js'

/** The changed paths as git would keep them before and after, and what it cannot keep. */
export interface PatchSides {
  readonly base: SideEntry[]
  readonly session: SideEntry[]
  readonly notes: PatchNote[]
}

/** What the sides are made from. */
interface Source {
  readonly ops: FileOps
  /** The project. */
  readonly base: Fd
  /** Bytes. */
  readonly sizeLimit: number
}

/**
 * Decodes changes (in tree order) into both sides of a patch. Reads link targets and lists deleted directories below
 * `base`, but no file's content. `sizeLimit` in bytes.
 */
export function patchSides(ops: FileOps, base: Fd, changes: readonly Change[], sizeLimit: number): PatchSides {
  const source = { ops, base, sizeLimit }
  const sides: PatchSides = { base: [], session: [], notes: [] }
  const filled = filledDirectories(changes)
  const left = new Set<RelPath>()
  for (const change of changes) {
    const removed = removedTree(source, change)
    const note = reasonToLeave(change, removed, left, sizeLimit)
    if (note !== undefined) {
      left.add(change.path)
      sides.notes.push(note)
      continue
    }
    addBase(source, change, removed, sides)
    addSession(change, filled, sides)
    sides.notes.push(...attributeNotes(change))
  }
  return sides
}

/** A directory of the project that is no directory in the session: its entries are not changes of their own. */
function removedTree({ ops, base, sizeLimit }: Source, change: Change): BaseTree | undefined {
  if (change.base?.type !== 'dir' || change.wanted?.type === 'dir') return undefined
  return baseTree(ops, base, change.path, sizeLimit)
}

/** Why a change is left out as a whole: half of one would be a wrong patch, or one that git refuses. */
function reasonToLeave(
  change: Change,
  removed: BaseTree | undefined,
  left: ReadonlySet<RelPath>,
  sizeLimit: number,
): PatchNote | undefined {
  const { path, base, wanted } = change
  if (left.size > 0 && ancestorsOf(path).some((dir) => left.has(dir)))
    return { path, kind: 'blocked', text: 'below what could not be replaced' }
  const note = entryNote(path, wanted, sizeLimit) ?? entryNote(path, base, sizeLimit)
  if (note !== undefined) return note
  // Git removes the files of a directory, then the directory: whatever it does not keep would be in the way.
  const obstacle = wanted === undefined ? undefined : removed?.notes.find((found) => found.path !== path)
  if (obstacle === undefined) return undefined
  return { path, kind: 'blocked', text: `replaces a directory that holds what git does not keep (${obstacle.text})` }
}

function addBase({ ops, base }: Source, change: Change, removed: BaseTree | undefined, sides: PatchSides): void {
  if (removed !== undefined) {
    sides.base.push(...removed.entries)
    if (change.wanted === undefined) sides.notes.push(...removed.notes)
  } else if (change.base !== undefined && change.base.type !== 'dir') {
    sides.base.push(baseEntry(ops, base, change.path, change.base))
  }
}

function addSession(change: Change, filled: ReadonlySet<RelPath>, sides: PatchSides): void {
  const { wanted, path } = change
  if (wanted === undefined) return
  if (wanted.type === 'dir') {
    if (change.base?.type !== 'dir' && !filled.has(path)) sides.notes.push(directoryNote(path, 'new empty directory'))
  } else if (wanted.type === 'symlink') {
    sides.session.push({ path, mode: '120000', content: wanted.target ?? ('' as ByteString) })
  } else if (wanted.content !== undefined) {
    sides.session.push({ path, mode: fileMode(wanted.mode), content: wanted.content })
  }
}

/** Directories that git makes by itself, because something in them is in the session's side. */
function filledDirectories(changes: readonly Change[]): ReadonlySet<RelPath> {
  const filled = new Set<RelPath>()
  for (const { wanted, path } of changes) {
    if (wanted === undefined || wanted.type === 'dir') continue
    for (let dir = parentOf(path); dir !== '' && !filled.has(dir); dir = parentOf(dir)) filled.add(dir)
  }
  return filled
}

/**
 * Whether a directory stands where the project has a symlink. `git apply` takes such a patch only when the symlink is
 * deleted in it, not when a rename takes it away.
 */
export function replacesLinkByDirectory({ base, session }: PatchSides): boolean {
  const links = new Set(base.filter(({ mode }) => mode === '120000').map(({ path }) => path))
  if (links.size === 0) return false
  const isBelowLink = inherit(false, (dir, above) => above || links.has(dir))
  return session.some(({ path }) => isBelowLink(parentOf(path)))
}
