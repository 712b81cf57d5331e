import type { Change, ChangeSet, WantedEntry } from '../../src/changeset/change.js'
import { createDirCache, type DirCache } from '../../src/os/dir-cache.js'
import type { EntryStat } from '../../src/os/entry-stat.js'
import type { Fd, FileOps } from '../../src/os/file-ops.js'
import type { ByteString, RelPath } from '../../src/paths/byte-string.js'
import { parentOf } from '../../src/paths/rel-path.js'

export interface ApplyTarget {
  readonly ops: FileOps
  /** The session's upper and the untouched project: where content comes from. */
  readonly upper: Fd
  readonly base: Fd
  /** A copy of the project, links kept: what is changed. */
  readonly copy: Fd
  /** An empty directory beside the copy. */
  readonly scratch: Fd
}

/**
 * Carries a change set out on a copy of the project, in the plainest way there is: all old entries go, then the new ones
 * come, then the directories get their attributes. No staging, no checks: it is the reader of the change set that is tested.
 */
export function applyChanges(target: ApplyTarget, { changes }: ChangeSet): void {
  const run = new Run(target)
  for (const change of changes) run.keepInode(change)
  for (const change of [...changes].reverse()) run.removeOld(change)
  for (const change of changes) run.makeNew(change)
  run.finishDirectories(changes)
}

class Run {
  readonly #target: ApplyTarget
  readonly #copy: DirCache
  readonly #first = new Map<string, RelPath>()
  /** Directories whose entries we change, with what they looked like: only a change may alter their times. */
  readonly #touched = new Map<RelPath, EntryStat>()

  constructor(target: ApplyTarget) {
    this.#target = target
    this.#copy = createDirCache(target.ops, target.copy)
  }

  /** An entry that moves along with its directory may share its inode with entries that stay. */
  keepInode({ wanted, from }: Change): void {
    const group = wanted?.linkGroup
    if (group?.startsWith('base:') !== true || this.#first.has(group)) return
    const { ops, scratch } = this.#target
    const name = group.replaceAll(':', '-') as ByteString
    this.#copy.at((wanted?.content?.path ?? from) as RelPath, (dir, old) => ops.link(dir, old, scratch, name))
    this.#first.set(group, name as RelPath)
  }

  removeOld(change: Change): void {
    const replaced = change.kind === 'modify' || change.kind === 'type' || change.kind === 'delete'
    if (!replaced) return
    this.#remember(change.path)
    this.#copy.at(change.path, (dir, name) => removeTree(this.#target.ops, dir, name))
    this.#copy.forget()
  }

  makeNew(change: Change): void {
    const { wanted, path, kind } = change
    if (wanted === undefined) return
    if (kind !== 'metadata') {
      this.#remember(path)
      this.#create(path, wanted)
    }
    if (wanted.type !== 'dir') this.#setAttributes(path, wanted)
  }

  finishDirectories(changes: readonly Change[]): void {
    for (const [path, stat] of this.#touched) this.#setTimes(path, stat)
    for (const { path, wanted } of [...changes].reverse()) {
      if (wanted?.type === 'dir') this.#setAttributes(path, wanted)
    }
    this.#copy.close()
  }

  #remember(path: RelPath): void {
    const parent = parentOf(path)
    const stat = this.#copy.stat(parent)
    if (stat?.type === 'dir' && !this.#touched.has(parent)) this.#touched.set(parent, stat)
  }

  #create(path: RelPath, wanted: WantedEntry): void {
    const { ops, scratch } = this.#target
    const group = wanted.linkGroup
    const known = group === undefined ? undefined : this.#first.get(group)
    this.#copy.at(path, (dir, name) => {
      if (known === undefined) this.#createFresh(dir, name, wanted)
      else if (group?.startsWith('base:')) ops.link(scratch, known, dir, name)
      else this.#linkTo(known, dir, name)
    })
    if (group !== undefined && known === undefined) this.#first.set(group, path)
  }

  #linkTo(known: RelPath, dir: Fd, name: ByteString): void {
    const { ops, copy } = this.#target
    const from = ops.openDir(copy, parentOf(known))
    ops.link(from, known.slice(known.lastIndexOf('/') + 1) as ByteString, dir, name)
    ops.close(from)
  }

  #createFresh(dir: Fd, name: ByteString, wanted: WantedEntry): void {
    const { ops } = this.#target
    if (wanted.type === 'dir') ops.mkdir(dir, name, 0o700)
    else if (wanted.type === 'symlink') ops.symlink(wanted.target as ByteString, dir, name)
    else if (wanted.type !== 'file') ops.mknod(dir, name, wanted.type, 0o600, wanted.rdevMajor, wanted.rdevMinor)
    else this.#createFile(dir, name, wanted)
  }

  #createFile(dir: Fd, name: ByteString, { content }: WantedEntry): void {
    const { ops, upper, base } = this.#target
    if (content === undefined) throw new Error('a file without content')
    const from = createDirCache(ops, content.layer === 'upper' ? upper : base)
    const data = from.at(content.path, (source, own) => ops.readFile(source, own))
    from.close()
    const fd = ops.createFile(dir, name, 0o600)
    ops.write(fd, data, 0)
    ops.close(fd)
  }

  #setAttributes(path: RelPath, wanted: WantedEntry): void {
    const { ops } = this.#target
    const set = (dir: Fd, name: ByteString): void => {
      ops.setOwner(dir, name, wanted.uid, wanted.gid)
      if (wanted.type !== 'symlink') ops.setMode(dir, name, wanted.mode)
      for (const key of ops.getXattrs(dir, name).keys()) if (!wanted.xattrs.has(key)) ops.removeXattr(dir, name, key)
      for (const [key, value] of wanted.xattrs) ops.setXattr(dir, name, key, value)
      ops.setTimes(dir, name, wanted.atimeNs, wanted.mtimeNs)
    }
    if (path === '') set(this.#target.copy, '.' as ByteString)
    else this.#copy.at(path, set)
  }

  #setTimes(path: RelPath, stat: EntryStat): void {
    // It may have been removed, or replaced, since.
    if (path === '' || this.#copy.stat(path)?.type !== 'dir') return
    this.#copy.at(path, (dir, name) => this.#target.ops.setTimes(dir, name, stat.atimeNs, stat.mtimeNs))
  }
}

function removeTree(ops: FileOps, dir: Fd, name: ByteString): void {
  if (ops.stat(dir, name)?.type !== 'dir') {
    ops.unlink(dir, name)
    return
  }
  const inner = ops.openDir(dir, name as RelPath)
  for (const entry of ops.scanDir(inner)) removeTree(ops, inner, entry.name)
  ops.close(inner)
  ops.rmdir(dir, name)
}
