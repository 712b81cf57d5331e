import type { WantedEntry } from '../changeset/change.js'
import { isBaseGroup } from '../changeset/link-groups.js'
import { OverlayError } from '../errors/overlay-error.js'
import { createDirCache, type DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { Pace } from '../os/pace.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import type { StagedEntry } from './plan.js'
import type { SessionView } from './session-view.js'
import { setAttributes } from './set-attributes.js'

/** A file moved while it was staged: what is staged is not what was judged. */
export class MovedWhileStaged extends Error {
  override readonly name = 'MovedWhileStaged'
  readonly path: RelPath

  constructor(path: RelPath) {
    super(`${quoteName(path)} changed while it was staged`)
    this.path = path
  }
}

/** Inodes of what was staged, by the entry's path in the project. */
export type StagedInodes = Map<RelPath, bigint>

/** Bytes copied in one call, so that a large file can be stopped half way. */
const piece = 64 << 20

/**
 * Builds every entry below the directory `stage`, on the project's file system: content by reflink or copy with holes kept, then
 * attributes; those of directories last, the deepest first, but for a top one that must stay writable until it is placed.
 * @throws MovedWhileStaged; SystemError of the call that failed
 */
export async function stageEntries(
  view: SessionView,
  stage: Fd,
  entries: readonly StagedEntry[],
  inodes: StagedInodes,
  pace: Pace,
  onProgress: (done: number) => void,
): Promise<void> {
  const { ops } = view
  const into = createDirCache(ops, stage)
  const groups = new Map<string, RelPath>()
  try {
    for (const [index, entry] of entries.entries()) {
      await stageEntry(view, into, entry, groups, pace)
      inodes.set(entry.path, inodeOf(into, entry.at))
      const due = pace.due()
      if (due === undefined) continue
      onProgress(index)
      await due
    }
    for (const { at, wanted } of entries.toReversed()) if (wanted.type === 'dir') finishDirectory(ops, into, at, wanted)
  } finally {
    into.close()
  }
}

async function stageEntry(
  view: SessionView,
  into: DirCache,
  entry: StagedEntry,
  groups: Map<string, RelPath>,
  pace: Pace,
): Promise<void> {
  const { ops } = view
  const { at, path, wanted } = entry
  const name = nameOf(at)
  const source = linkSource(entry)
  if (source !== undefined) {
    linkToBase(view, into, at, source)
    return
  }
  const twin = wanted.linkGroup === undefined ? undefined : groups.get(wanted.linkGroup)
  if (twin !== undefined) {
    // Both parents must be open at once, and the cache lends one at a time.
    const twinDir = ops.openDir(into.root, parentOf(twin))
    try {
      ops.link(twinDir, nameOf(twin), into.dir(parentOf(at)), name)
    } finally {
      ops.close(twinDir)
    }
    return
  }
  if (wanted.linkGroup !== undefined) groups.set(wanted.linkGroup, at)
  const dir = into.dir(parentOf(at))
  if (wanted.type === 'dir') return ops.mkdir(dir, name, 0o700)
  if (wanted.type === 'file') await stageFile(view, dir, name, path, wanted, pace)
  else if (wanted.type === 'symlink') ops.symlink(wanted.target ?? ('' as ByteString), dir, name)
  else ops.mknod(dir, name, wanted.type, wanted.mode, wanted.rdevMajor, wanted.rdevMinor)
  const now = ops.stat(into.dir(parentOf(at)), name)
  if (now === undefined)
    throw new OverlayError('COMMIT_FAILED', `Expected the staged copy of ${quoteName(path)}, found nothing`, {
      path: quoteName(path),
    })
  setAttributes(ops, into.dir(parentOf(at)), name, wanted, now)
}

/**
 * The entry of the project that `wanted` is another name of: it came along with a renamed directory, and its inode has
 * names elsewhere too.
 */
function linkSource({ wanted, from }: StagedEntry): RelPath | undefined {
  if (!isBaseGroup(wanted.linkGroup) || wanted.content?.layer === 'upper') return undefined
  return wanted.content?.path ?? from
}

function linkToBase({ ops, base }: SessionView, into: DirCache, at: RelPath, source: RelPath): void {
  base.at(source, (dir, file) => ops.link(dir, file, into.dir(parentOf(at)), nameOf(at)))
}

async function stageFile(
  view: SessionView,
  dir: Fd,
  name: ByteString,
  path: RelPath,
  wanted: WantedEntry,
  pace: Pace,
): Promise<void> {
  const { ops } = view
  if (wanted.content === undefined) throw new OverlayError('INTERNAL', `No content for ${quoteName(path)}`)
  const tree = wanted.content.layer === 'upper' ? view.upper : view.base
  const source = tree.at(wanted.content.path, (parent, file) => ops.openFile(parent, file))
  try {
    const before = ops.statFd(source)
    const copy = ops.createFile(dir, name, 0o600)
    try {
      if (!ops.cloneContent(source, copy)) await copyPieces(ops, source, copy, pace)
    } finally {
      ops.close(copy)
    }
    if (moved(before, ops.statFd(source)) || !isAsJudged(before, wanted)) throw new MovedWhileStaged(path)
  } finally {
    ops.close(source)
  }
}

async function copyPieces(ops: FileOps, from: Fd, to: Fd, pace: Pace): Promise<void> {
  for (
    let next = ops.copyContent(from, to, 0, piece);
    next !== undefined;
    next = ops.copyContent(from, to, next, piece)
  ) {
    await pace.due()
  }
}

function moved(before: EntryStat, after: EntryStat): boolean {
  return before.ctimeNs !== after.ctimeNs || before.size !== after.size
}

/** Size and time of content are those of the review; for content of the project, its size alone is known. */
function isAsJudged(source: EntryStat, wanted: WantedEntry): boolean {
  return source.size === wanted.size && (wanted.content?.layer === 'base' || source.mtimeNs === wanted.mtimeNs)
}

function finishDirectory(ops: FileOps, into: DirCache, at: RelPath, wanted: WantedEntry): void {
  const dir = into.dir(parentOf(at))
  const now = ops.stat(dir, nameOf(at))
  if (now === undefined) return
  // Moving a directory writes its `..`, which a plain user may only where the directory is writable.
  const mode = parentOf(at) === '' ? wanted.mode | 0o700 : wanted.mode
  setAttributes(ops, dir, nameOf(at), { ...wanted, mode }, now)
}

function inodeOf(into: DirCache, at: RelPath): bigint {
  return into.stat(at)?.ino ?? 0n
}
