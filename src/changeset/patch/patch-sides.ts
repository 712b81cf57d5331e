import type { EntryStat, EntryType } from '../../os/entry-stat.js'
import type { Fd, FileOps } from '../../os/file-ops.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { joinRel, nameOf, parentOf } from '../../paths/rel-path.js'
import type { Change } from '../change.js'
import { attributeNotes } from './attribute-notes.js'
import type { PatchNote } from './patch-note.js'
import { fileMode, isInsideGitDir, type SideEntry } from './tree-side.js'

/** The changed paths as git would keep them before and after, and what it cannot keep. */
export interface PatchSides {
  readonly base: SideEntry[]
  readonly session: SideEntry[]
  readonly notes: PatchNote[]
}

/** What of an entry decides whether and how git keeps it. */
interface Entry {
  readonly type: EntryType
  readonly mode: number
  readonly size: number
  readonly rdevMajor: number
}

/**
 * Decodes changes into both sides of a patch. Reads link targets and lists deleted directories below `base`, but
 * no file's content. `sizeLimit` in bytes.
 */
export function patchSides(ops: FileOps, base: Fd, changes: readonly Change[], sizeLimit: number): PatchSides {
  const sides: PatchSides = { base: [], session: [], notes: [] }
  const filled = filledDirectories(changes)
  for (const change of changes) {
    if (refused(change, sizeLimit, sides.notes)) continue
    addBase(ops, base, change, sizeLimit, sides)
    addSession(change, filled, sides)
    sides.notes.push(...attributeNotes(change))
  }
  return sides
}

/** Both sides of a path go, or none: half of a change would be a wrong patch. */
function refused(change: Change, sizeLimit: number, notes: PatchNote[]): boolean {
  const note =
    entryNote(change.path, change.wanted, sizeLimit) ??
    (listedBelow(change) ? undefined : entryNote(change.path, change.base, sizeLimit))
  if (note === undefined) return false
  notes.push(note)
  return true
}

function addBase(ops: FileOps, base: Fd, change: Change, sizeLimit: number, sides: PatchSides): void {
  if (change.base === undefined || change.base.type === 'dir') {
    if (listedBelow(change)) addTree(ops, base, change.path, sizeLimit, sides)
    return
  }
  const target = change.base.type === 'symlink' ? readLink(ops, base, change.path) : undefined
  sides.base.push(baseEntry(change.path, change.base, target))
}

function addSession(change: Change, filled: ReadonlySet<RelPath>, sides: PatchSides): void {
  const { wanted, path } = change
  if (wanted === undefined) return
  if (wanted.type === 'dir') {
    if (change.base?.type !== 'dir' && !filled.has(path)) sides.notes.push(directoryNote(path, 'new empty directory'))
    return
  }
  if (wanted.type === 'symlink') {
    sides.session.push({ path, mode: '120000', content: wanted.target ?? ('' as ByteString) })
  } else if (wanted.content !== undefined) {
    sides.session.push({ path, mode: fileMode(wanted.mode), content: wanted.content })
  }
}

/** All below a directory that the session removed or replaced. */
function addTree(ops: FileOps, base: Fd, top: RelPath, sizeLimit: number, sides: PatchSides): void {
  const pending = [top]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entries = scan(ops, base, path)
    if (entries.length === 0) sides.notes.push(directoryNote(path, 'removed empty directory'))
    for (const { name, stat, target } of entries) {
      const child = joinRel(path, name)
      if (stat.type === 'dir') {
        pending.push(child)
        continue
      }
      const note = entryNote(child, stat, sizeLimit)
      if (note === undefined) sides.base.push(baseEntry(child, stat, target))
      else sides.notes.push(note)
    }
  }
}

function scan(ops: FileOps, base: Fd, path: RelPath): ReturnType<FileOps['scanDir']> {
  const dir = ops.openDir(base, path)
  try {
    return ops.scanDir(dir)
  } finally {
    ops.close(dir)
  }
}

function readLink(ops: FileOps, base: Fd, path: RelPath): ByteString {
  const dir = ops.openDir(base, parentOf(path))
  try {
    return ops.readLink(dir, nameOf(path))
  } finally {
    ops.close(dir)
  }
}

function baseEntry(path: RelPath, stat: EntryStat, target: ByteString | undefined): SideEntry {
  if (stat.type === 'symlink') return { path, mode: '120000', content: target ?? ('' as ByteString) }
  return { path, mode: fileMode(stat.mode), content: { layer: 'base', path } }
}

function entryNote(path: RelPath, entry: Entry | undefined, sizeLimit: number): PatchNote | undefined {
  if (entry === undefined || entry.type === 'dir') return undefined
  if (isInsideGitDir(path)) return { path, kind: 'git-dir', text: 'inside .git' }
  if (entry.type === 'symlink') return undefined
  if (entry.type !== 'file') return { path, kind: 'special', text: `${specialNames[entry.type]}` }
  if (entry.size <= sizeLimit) return undefined
  return { path, kind: 'size', text: `${entry.size} bytes, above the limit of ${sizeLimit}` }
}

const specialNames: Readonly<Record<Exclude<EntryType, 'file' | 'dir' | 'symlink'>, string>> = {
  char: 'character device',
  block: 'block device',
  fifo: 'FIFO',
  socket: 'socket',
}

function directoryNote(path: RelPath, text: string): PatchNote {
  return { path, kind: 'directory', text }
}

/** A directory of the project that is no directory in the session: its entries are not changes of their own. */
function listedBelow(change: Change): boolean {
  return change.base?.type === 'dir' && change.wanted?.type !== 'dir'
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
