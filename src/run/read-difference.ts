import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { createPace } from '../os/pace.js'
import { type WalkedEntry, walk } from '../os/walk.js'
import type { RelPath } from '../paths/byte-string.js'
import { jsonName } from '../paths/bytes.js'
import { parentOf } from '../paths/rel-path.js'
import type { FilesAfter, SkippedEntry } from './files-after.js'
import type { WrittenFile } from './snapshot-files.js'

export interface SnapshotBefore {
  readonly written: ReadonlyMap<RelPath, WrittenFile>
  /** Its directories, but for the root. */
  readonly dirs: ReadonlySet<RelPath>
}

export interface DifferenceLimits {
  readonly changedBytes: number
  readonly entries: number
}

/**
 * What became of the snapshot below `root`. A file that has its inode still, and a ctime from before `startNs` (the stamp of a file made
 * there when all were written), was not touched and is not read.
 * @throws OverlayError `SNAPSHOT_TOO_LARGE`
 */
export async function readDifference(
  ops: FileOps,
  root: Fd,
  { written, dirs }: SnapshotBefore,
  startNs: bigint,
  limits: DifferenceLimits,
): Promise<FilesAfter> {
  const pace = createPace()
  const files: Record<string, Uint8Array> = Object.create(null)
  const skipped: SkippedEntry[] = []
  const kept = new Set<RelPath>()
  const keptDirs = new Set<RelPath>()
  const newDirs = new Set<RelPath>()
  /** Directories that something told lies in. */
  const told = new Set<RelPath>()
  let entries = 0
  let bytes = 0
  for (const walked of walk(ops, root)) {
    const { path, entry } = walked
    entries += 1
    if (entries > limits.entries) throw tooLarge(`more than ${limits.entries} entries`)
    const { type, size } = entry.stat
    if (bytes + path.length > limits.changedBytes) throw tooLarge(`more than ${limits.changedBytes} bytes`)
    if (type === 'file') {
      kept.add(path)
      const before = written.get(path)
      if (!isUntouched(walked, before, startNs)) {
        // Paths count: names may be long, and directories deep.
        if (bytes + size + path.length > limits.changedBytes) throw tooLarge(`more than ${limits.changedBytes} bytes`)
        const content = ops.readFile(walked.dir, entry.name, limits.changedBytes)
        if (before === undefined || !same(content, before.content)) {
          bytes += content.length + path.length
          told.add(parentOf(path))
          // A plain Uint8Array: what the port gives may be a Buffer.
          files[jsonName(path)] = new Uint8Array(content.buffer, content.byteOffset, content.length)
        }
      }
    } else if (type === 'dir') {
      if (dirs.has(path)) keptDirs.add(path)
      else {
        bytes += path.length
        newDirs.add(path)
        told.add(parentOf(path))
      }
    } else {
      bytes += path.length
      skipped.push({ path: jsonName(path), reason: type === 'symlink' ? type : 'special' })
    }
    const due = pace.due()
    if (due !== undefined) await due
  }
  // A directory is told by what lies in it; one that holds nothing else that is told, by itself.
  for (const path of newDirs) if (!told.has(path)) files[`${jsonName(path)}/`] = new Uint8Array(0)
  const deleted = [...written.keys()].filter((path) => !kept.has(path)).map(jsonName)
  const deletedDirs = [...dirs].filter((path) => !keptDirs.has(path)).map((path) => `${jsonName(path)}/`)
  return { files, deleted: [...deleted, ...deletedDirs], skipped }
}

function isUntouched({ entry: { stat } }: WalkedEntry, before: WrittenFile | undefined, startNs: bigint): boolean {
  return before !== undefined && stat.ino === before.ino && stat.ctimeNs === before.ctimeNs && stat.ctimeNs < startNs
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

function tooLarge(found: string): OverlayError {
  return new OverlayError(
    'SNAPSHOT_TOO_LARGE',
    `Expected less to bring back from a snapshot: the module left ${found}`,
    {
      hint: 'Raise `limits.changedBytes` or `limits.entries`, or run the module on a directory.',
    },
  )
}
