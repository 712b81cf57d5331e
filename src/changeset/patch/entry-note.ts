import type { EntryType } from '../../os/entry-stat.js'
import type { RelPath } from '../../paths/byte-string.js'
import type { PatchNote } from './patch-note.js'
import { isInsideGitDir } from './tree-side.js'

/** What of an entry decides whether git keeps it. */
export interface NotedEntry {
  readonly type: EntryType
  /** Bytes. */
  readonly size: number
}

/** Why git cannot keep an entry; `undefined`: it can, or it is a directory. */
export function entryNote(path: RelPath, entry: NotedEntry | undefined, sizeLimit: number): PatchNote | undefined {
  if (entry === undefined || entry.type === 'dir') return undefined
  if (isInsideGitDir(path)) return { path, kind: 'git-dir', text: 'inside .git' }
  if (entry.type === 'symlink') return undefined
  if (entry.type !== 'file') return { path, kind: 'special', text: specialNames[entry.type] }
  if (entry.size <= sizeLimit) return undefined
  return { path, kind: 'size', text: `${entry.size} bytes, above the limit of ${sizeLimit}` }
}

export function directoryNote(path: RelPath, text: string): PatchNote {
  return { path, kind: 'directory', text }
}

const specialNames: Readonly<Record<Exclude<EntryType, 'file' | 'dir' | 'symlink'>, string>> = {
  char: 'character device',
  block: 'block device',
  fifo: 'FIFO',
  socket: 'socket',
}
