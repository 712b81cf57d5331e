import type { ContentSource } from '../changeset/change.js'
import { isBaseGroup } from '../changeset/link-groups.js'
import { OverlayError } from '../errors/overlay-error.js'
import { createDirCache, type DirCache } from '../os/dir-cache.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd } from '../os/file-ops.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import type { StagedEntry } from './plan.js'
import type { SessionView } from './session-view.js'
import { noXattrs, setAttributes } from './set-attributes.js'
import { type StagedInodes, type StageOptions, stageContents } from './stage-contents.js'

interface Staging {
  readonly view: SessionView
  readonly into: DirCache
  readonly inodes: StagedInodes
}

/**
 * Builds every entry below the commit's directory `slots`, on the project's file system: directories first, then content by reflink or copy
 * with holes kept, then all that has none; attributes of directories last, the deepest first, but for a top one that must stay writable until it is
 * placed. `inodes` gets those of what was built.
 * @throws MovedWhileStaged; SystemError of the call that failed; OverlayError `ABORTED`
 */
export async function stageEntries(
  view: SessionView,
  slots: Fd,
  entries: readonly StagedEntry[],
  inodes: StagedInodes,
  options: StageOptions,
): Promise<void> {
  const into = createDirCache(view.ops, slots)
  const staging: Staging = { view, into, inodes }
  const { pace } = options
  const kinds = sortByMeans(entries)
  try {
    for (const entry of kinds.directories) {
      view.ops.mkdir(into.dir(parentOf(entry.at)), nameOf(entry.at), 0o700)
      await pace.due()
    }
    await stageContents(view, slots, kinds.files, inodes, options)
    for (const entry of kinds.others) {
      stageOther(staging, entry)
      await pace.due()
    }
    for (const [entry, twin] of kinds.links) {
      linkTo(staging, entry, twin)
      await pace.due()
    }
    for (const entry of kinds.directories.toReversed()) {
      finishDirectory(staging, entry)
      await pace.due()
    }
  } finally {
    into.close()
  }
}

interface Means {
  readonly directories: StagedEntry[]
  /** Regular files, the first of each link group. */
  readonly files: StagedEntry[]
  /** Symlinks and special files, the first of each link group. */
  readonly others: StagedEntry[]
  /** Further names, each with the entry of the stage that it is one of, or with a path of the project. */
  readonly links: [StagedEntry, StagedEntry | RelPath][]
}

function sortByMeans(entries: readonly StagedEntry[]): Means {
  const means: Means = { directories: [], files: [], others: [], links: [] }
  const groups = new Map<string, StagedEntry>()
  for (const entry of entries) {
    const { type, linkGroup } = entry.wanted
    const twin = linkSource(entry) ?? (linkGroup === undefined ? undefined : groups.get(linkGroup))
    if (type === 'dir') means.directories.push(entry)
    else if (twin !== undefined) means.links.push([entry, twin])
    else {
      if (linkGroup !== undefined) groups.set(linkGroup, entry)
      means[type === 'file' ? 'files' : 'others'].push(entry)
    }
  }
  return means
}

/**
 * The entry of the project that `wanted` is another name of: it came along with a renamed directory, and its inode has
 * names elsewhere too.
 */
function linkSource({ wanted, from }: StagedEntry): RelPath | undefined {
  if (!isBaseGroup(wanted.linkGroup) || isOfSession(wanted.content)) return undefined
  return wanted.content?.path ?? from
}

function isOfSession(content: ContentSource | undefined): boolean {
  return content !== undefined && content.layer !== 'base'
}

function stageOther({ view: { ops }, into, inodes }: Staging, { at, path, wanted }: StagedEntry): void {
  const dir = into.dir(parentOf(at))
  const name = nameOf(at)
  if (wanted.type === 'symlink') ops.symlink(wanted.target ?? ('' as ByteString), dir, name)
  else if (wanted.type !== 'dir' && wanted.type !== 'file') {
    ops.mknod(dir, name, wanted.type, wanted.mode, wanted.rdevMajor, wanted.rdevMinor)
  }
  const made = madeEntry(into, at, path)
  setAttributes(ops, dir, name, wanted, made, noXattrs)
  inodes.set(path, made.ino)
}

function linkTo({ view, into, inodes }: Staging, { at, path }: StagedEntry, twin: StagedEntry | RelPath): void {
  const { ops, base } = view
  const link = (dir: Fd, name: ByteString): void => ops.link(dir, name, into.dir(parentOf(at)), nameOf(at))
  if (typeof twin === 'string') base.at(twin, link)
  else {
    // Both parents must be open at once, and the cache lends one at a time.
    const dir = ops.openDir(into.root, parentOf(twin.at))
    try {
      link(dir, nameOf(twin.at))
    } finally {
      ops.close(dir)
    }
  }
  inodes.set(path, madeEntry(into, at, path).ino)
}

function finishDirectory({ view: { ops }, into, inodes }: Staging, { at, path, wanted }: StagedEntry): void {
  // Moving a directory writes its `..`, which a plain user may only where the directory is writable.
  const mode = isTop(at) ? wanted.mode | topBits : wanted.mode
  const now = madeEntry(into, at, path)
  setAttributes(ops, into.dir(parentOf(at)), nameOf(at), { ...wanted, mode }, now, noXattrs)
  inodes.set(path, now.ino)
}

function madeEntry(into: DirCache, at: RelPath, path: RelPath): EntryStat {
  const made = into.stat(at)
  if (made !== undefined) return made
  throw new OverlayError('COMMIT_FAILED', `Expected the staged copy of ${quoteName(path)}, found nothing`, {
    path: quoteName(path),
    hint: "Something else works in the session's directory; stop it, then commit again.",
  })
}

/** It is moved into the project by a step of its own. */
function isTop(at: RelPath): boolean {
  return at.indexOf('/') === at.lastIndexOf('/')
}

/** A directory that waits to be moved. */
export const topBits = 0o700
