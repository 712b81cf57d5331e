import { isBaseGroup } from '../changeset/link-groups.js'
import { OverlayError } from '../errors/overlay-error.js'
import { createDirCache, type DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd } from '../os/file-ops.js'
import type { Pace } from '../os/pace.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import type { StagedEntry } from './plan.js'
import type { SessionView } from './session-view.js'
import { noXattrs, setAttributes } from './set-attributes.js'
import { type ContentCopier, createContentCopier } from './stage-file.js'

/** Inodes of what was staged, by the entry's path in the project. */
export type StagedInodes = Map<RelPath, bigint>

interface Staging {
  readonly view: SessionView
  readonly into: DirCache
  readonly copier: ContentCopier
  /** First member of each link group, by its path in the stage. */
  readonly groups: Map<string, RelPath>
}

/**
 * Builds every entry below the commit's directory `slots`, on the project's file system: content by reflink or copy with holes kept, then
 * attributes; those of directories last, the deepest first, but for a top one that must stay writable until it is placed.
 * @throws MovedWhileStaged; SystemError of the call that failed
 */
export async function stageEntries(
  view: SessionView,
  slots: Fd,
  entries: readonly StagedEntry[],
  inodes: StagedInodes,
  pace: Pace,
  onProgress: (done: number) => void,
): Promise<void> {
  const into = createDirCache(view.ops, slots)
  const staging: Staging = { view, into, copier: createContentCopier(view, pace), groups: new Map() }
  try {
    for (const [index, entry] of entries.entries()) {
      inodes.set(entry.path, await stageEntry(staging, entry))
      const due = pace.due()
      if (due === undefined) continue
      onProgress(index)
      await due
    }
    for (const entry of entries.toReversed()) if (entry.wanted.type === 'dir') finishDirectory(staging, entry)
  } finally {
    into.close()
  }
}

/** The inode of what was made. */
async function stageEntry(staging: Staging, entry: StagedEntry): Promise<bigint> {
  const { view, into, groups, copier } = staging
  const { ops } = view
  const { at, path, wanted } = entry
  const name = nameOf(at)
  const group = wanted.linkGroup
  const source = linkSource(entry)
  const twin = group === undefined ? undefined : groups.get(group)
  if (source !== undefined) linkToBase(staging, at, source)
  else if (twin !== undefined) linkToTwin(staging, at, twin)
  else {
    if (group !== undefined) groups.set(group, at)
    const dir = into.dir(parentOf(at))
    if (wanted.type === 'file') {
      const made = await copier.copy(entry, dir, name)
      setAttributes(ops, dir, name, wanted, made, noXattrs)
      return made.ino
    }
    if (wanted.type === 'dir') ops.mkdir(dir, name, 0o700)
    else if (wanted.type === 'symlink') ops.symlink(wanted.target ?? ('' as ByteString), dir, name)
    else ops.mknod(dir, name, wanted.type, wanted.mode, wanted.rdevMajor, wanted.rdevMinor)
    const made = madeEntry(staging, at, path)
    if (wanted.type !== 'dir') setAttributes(ops, dir, name, wanted, made, noXattrs)
    return made.ino
  }
  return madeEntry(staging, at, path).ino
}

function madeEntry({ into }: Staging, at: RelPath, path: RelPath): EntryStat {
  const made = into.stat(at)
  if (made !== undefined) return made
  throw new OverlayError('COMMIT_FAILED', `Expected the staged copy of ${quoteName(path)}, found nothing`, {
    path: quoteName(path),
    hint: "Something else works in the session's directory; stop it, then commit again.",
  })
}

/**
 * The entry of the project that `wanted` is another name of: it came along with a renamed directory, and its inode has
 * names elsewhere too.
 */
function linkSource({ wanted, from }: StagedEntry): RelPath | undefined {
  if (!isBaseGroup(wanted.linkGroup) || wanted.content?.layer === 'upper') return undefined
  return wanted.content?.path ?? from
}

function linkToBase({ view, into }: Staging, at: RelPath, source: RelPath): void {
  view.base.at(source, (dir, file) => view.ops.link(dir, file, into.dir(parentOf(at)), nameOf(at)))
}

function linkToTwin({ view, into }: Staging, at: RelPath, twin: RelPath): void {
  const { ops } = view
  // Both parents must be open at once, and the cache lends one at a time.
  const twinDir = ops.openDir(into.root, parentOf(twin))
  try {
    ops.link(twinDir, nameOf(twin), into.dir(parentOf(at)), nameOf(at))
  } finally {
    ops.close(twinDir)
  }
}

function finishDirectory(staging: Staging, { at, path, wanted }: StagedEntry): void {
  // Moving a directory writes its `..`, which a plain user may only where the directory is writable.
  const mode = isTop(at) ? wanted.mode | topBits : wanted.mode
  const { view, into } = staging
  const now = madeEntry(staging, at, path)
  setAttributes(view.ops, into.dir(parentOf(at)), nameOf(at), { ...wanted, mode }, now, noXattrs)
}

/** It is moved into the project by a step of its own. */
export function isTop(at: RelPath): boolean {
  return at.indexOf('/') === at.lastIndexOf('/')
}

/** A directory that waits to be moved. */
export const topBits = 0o700
