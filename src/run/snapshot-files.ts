import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { createPace } from '../os/pace.js'
import type { RelPath } from '../paths/byte-string.js'
import { bytesFromJsonName } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { ancestorsOf, compareTreeOrder, nameOf, parentOf, relPath } from '../paths/rel-path.js'
import type { WasiFiles } from './wasi-input.js'

/** A file of a snapshot as it was written. */
export interface WrittenFile {
  readonly content: Uint8Array
  readonly ino: bigint
  readonly ctimeNs: bigint
}

export type SnapshotFiles = ReadonlyMap<RelPath, Uint8Array>

/**
 * Checks what is to go into a snapshot.
 * @throws OverlayError `PATH_INVALID` for a path that is absolute, leads out or is no path, that is there twice, or below another file
 */
export function snapshotFiles({ files }: WasiFiles): SnapshotFiles {
  const checked = new Map<RelPath, Uint8Array>()
  for (const [key, content] of Object.entries(files)) {
    const path = relPath(bytesFromJsonName(key))
    if (path === '') throw invalid(path, 'it is empty')
    if (checked.has(path)) throw invalid(path, 'it is there twice')
    if (!(content instanceof Uint8Array)) throw invalid(path, 'its content is no Uint8Array')
    checked.set(path, content)
  }
  for (const path of checked.keys()) {
    const file = ancestorsOf(path).find((above) => checked.has(above))
    if (file !== undefined) throw invalid(path, `${quoteName(file)} is a file`)
  }
  return checked
}

/** Writes the files below `root`, which is empty, with the directories they need. */
export async function writeSnapshot(
  ops: FileOps,
  root: Fd,
  files: SnapshotFiles,
  signal: AbortSignal | undefined,
): Promise<Map<RelPath, WrittenFile>> {
  const pace = createPace(signal)
  const written = new Map<RelPath, WrittenFile>()
  let parent: { readonly path: RelPath; readonly fd: Fd } = {
    path: '' as RelPath,
    fd: ops.openDir(root, '' as RelPath),
  }
  const made = new Set<RelPath>([parent.path])
  try {
    for (const path of [...files.keys()].sort(compareTreeOrder)) {
      const above = parentOf(path)
      if (above !== parent.path) {
        makeDirectories(ops, root, path, made)
        const fd = ops.openDir(root, above)
        ops.close(parent.fd)
        parent = { path: above, fd }
      }
      written.set(path, writeFile(ops, parent.fd, path, files.get(path) as Uint8Array))
      const due = pace.due()
      if (due !== undefined) await due
    }
  } finally {
    ops.close(parent.fd)
  }
  return written
}

function makeDirectories(ops: FileOps, root: Fd, path: RelPath, made: Set<RelPath>): void {
  for (const dir of ancestorsOf(path)) {
    if (made.has(dir)) continue
    const above = ops.openDir(root, parentOf(dir))
    try {
      ops.mkdir(above, nameOf(dir), 0o700)
    } finally {
      ops.close(above)
    }
    made.add(dir)
  }
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
    hint: 'Each file has a relative path of its own with `/` between names, and a Uint8Array as its content.',
  })
}
