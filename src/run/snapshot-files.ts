import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { createPace } from '../os/pace.js'
import type { RelPath } from '../paths/byte-string.js'
import { bytesFromJsonName } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { ancestorsOf, compareTreeOrder, nameOf, parentOf, relPath, rootPath } from '../paths/rel-path.js'
import type { WasiFiles } from './wasi-input.js'

/** A file of a snapshot as it was written. */
export interface WrittenFile {
  readonly content: Uint8Array
  readonly ino: bigint
  readonly ctimeNs: bigint
}

/** What goes into a snapshot. */
export interface SnapshotFiles {
  readonly files: ReadonlyMap<RelPath, Uint8Array>
  /** Every directory but the root: those named, and those that files need. */
  readonly dirs: ReadonlySet<RelPath>
}

/**
 * Checks what is to go into a snapshot.
 * @throws OverlayError `PATH_INVALID` for a path that is absolute, leads out or is no path, that is there twice, or below a file
 */
export function snapshotFiles({ files: given }: WasiFiles): SnapshotFiles {
  const files = new Map<RelPath, Uint8Array>()
  const dirs = new Set<RelPath>()
  for (const [key, content] of Object.entries(given)) {
    const isDir = key.endsWith('/')
    const path = relPath(bytesFromJsonName(isDir ? key.slice(0, -1) : key))
    if (path === '') throw invalid(path, 'it is empty')
    if (!(content instanceof Uint8Array)) throw invalid(path, 'its content is no Uint8Array')
    if (isDir && content.length > 0) throw invalid(path, 'it is a directory by its slash, and has content')
    if (files.has(path)) throw invalid(path, 'it is there twice')
    if (isDir) dirs.add(path)
    else files.set(path, content)
    for (const above of ancestorsOf(path)) if (above !== '') dirs.add(above)
  }
  for (const dir of dirs) if (files.has(dir)) throw invalid(dir, 'it is a directory of others')
  return { files, dirs }
}

/** Makes the directories below `root`, which is empty, then the files. */
export async function writeSnapshot(
  ops: FileOps,
  root: Fd,
  { files, dirs }: SnapshotFiles,
  signal: AbortSignal | undefined,
): Promise<Map<RelPath, WrittenFile>> {
  const pace = createPace(signal)
  const written = new Map<RelPath, WrittenFile>()
  let parent = { path: rootPath, fd: ops.openDir(root, rootPath) }
  const enter = (path: RelPath): Fd => {
    if (path !== parent.path) {
      const fd = ops.openDir(root, path)
      ops.close(parent.fd)
      parent = { path, fd }
    }
    return parent.fd
  }
  try {
    for (const dir of [...dirs].sort(compareTreeOrder)) {
      ops.mkdir(enter(parentOf(dir)), nameOf(dir), 0o700)
      const due = pace.due()
      if (due !== undefined) await due
    }
    for (const path of [...files.keys()].sort(compareTreeOrder)) {
      written.set(path, writeFile(ops, enter(parentOf(path)), path, files.get(path) as Uint8Array))
      const due = pace.due()
      if (due !== undefined) await due
    }
  } finally {
    ops.close(parent.fd)
  }
  return written
}

function writeFile(ops: FileOps, dir: Fd, path: RelPath, content: Uint8Array): WrittenFile {
  const fd = ops.createFile(dir, nameOf(path), 0o600)
  try {
    ops.write(fd, content, 0)
    const { ino, ctimeNs } = ops.statFd(fd)
    return { content, ino, ctimeNs }
  } finally {
    ops.close(fd)
  }
}

function invalid(path: RelPath, reason: string): OverlayError {
  return new OverlayError('PATH_INVALID', `Expected a file for the snapshot, got ${quoteName(path)}: ${reason}`, {
    path: quoteName(path),
    hint: 'Each file has a relative path of its own with `/` between names, and a Uint8Array as its content; a directory ends with `/` and has none.',
  })
}
