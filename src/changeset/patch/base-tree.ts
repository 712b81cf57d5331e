import type { EntryStat } from '../../os/entry-stat.js'
import type { Fd, FileOps, ScannedEntry } from '../../os/file-ops.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { joinRel, nameOf, parentOf } from '../../paths/rel-path.js'
import { directoryNote, entryNote } from './entry-note.js'
import type { PatchNote } from './patch-note.js'
import { fileMode, type SideEntry } from './tree-side.js'

/** What git keeps of a directory of the project, and what it does not. */
export interface BaseTree {
  readonly entries: readonly SideEntry[]
  readonly notes: readonly PatchNote[]
}

/** All below the directory `top` of the project, whose root is `base`. `sizeLimit` in bytes. */
export function baseTree(ops: FileOps, base: Fd, top: RelPath, sizeLimit: number): BaseTree {
  const entries: SideEntry[] = []
  const notes: PatchNote[] = []
  const pending = [top]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const found = inDirectory(ops, base, path, (dir) => ops.scanDir(dir))
    if (found.length === 0) notes.push(directoryNote(path, 'removed empty directory'))
    for (const { name, stat, target } of found) {
      const child = joinRel(path, name)
      const note = entryNote(child, stat, sizeLimit)
      if (note !== undefined) notes.push(note)
      else if (stat.type === 'dir') pending.push(child)
      else entries.push(sideEntry(child, stat, target))
    }
  }
  return { entries, notes }
}

/** A file or symlink of the project, of which `stat` is known. */
export function baseEntry(ops: FileOps, base: Fd, path: RelPath, stat: EntryStat): SideEntry {
  if (stat.type !== 'symlink') return sideEntry(path, stat, undefined)
  return sideEntry(
    path,
    stat,
    inDirectory(ops, base, parentOf(path), (dir) => ops.readLink(dir, nameOf(path))),
  )
}

function sideEntry(path: RelPath, stat: EntryStat, target: ScannedEntry['target']): SideEntry {
  if (stat.type === 'symlink') return { path, mode: '120000', content: target ?? ('' as ByteString) }
  return { path, mode: fileMode(stat.mode), content: { layer: 'base', path } }
}

function inDirectory<T>(ops: FileOps, base: Fd, path: RelPath, use: (dir: Fd) => T): T {
  const dir = ops.openDir(base, path)
  try {
    return use(dir)
  } finally {
    ops.close(dir)
  }
}
