import { createHash } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import type { FileOps } from '../../src/os/file-ops.js'
import { isErrno } from '../../src/os/system-error.js'
import type { AbsPath, ByteString, RelPath } from '../../src/paths/byte-string.js'
import { bufferFromBytes, bytesFromBuffer } from '../../src/paths/bytes.js'
import { compareTreeOrder, joinAbs, joinRel, nameOf, parentOf } from '../../src/paths/rel-path.js'

/** Everything about a tree that a commit has to keep, by path; entries are plain data for `toEqual`. */
export type TreeSnapshot = ReadonlyMap<RelPath, TreeEntry>

export interface TreeEntry {
  readonly type: string
  readonly mode: string
  readonly owner: string
  readonly size: number
  readonly mtimeNs: bigint
  /** SHA-256 of a regular file, target of a symlink, numbers of a device. */
  readonly content: string
  readonly xattrs: Readonly<Record<string, string>>
  /** First path, in tree order, of the names that share the inode; '' for an entry that is alone. */
  readonly linkedTo: string
}

export interface SnapshotOptions {
  /** Left out with all below. */
  readonly exclude?: ReadonlySet<string>
  /** Directories that cannot be listed (EIO, ESTALE: merged has lost the data of an entry) are added here, and their entries left out. */
  readonly unreadable?: Set<string>
}

/**
 * Reads a tree with Node's own calls (attributes, which Node has not, with `ops`), so that it is independent of what is
 * tested. A name that is listed but does not exist for `lstat` is left out. The root's times are left out.
 */
export function snapshotTree(ops: FileOps, root: AbsPath, options: SnapshotOptions = {}): TreeSnapshot {
  const entries = new Map<RelPath, TreeEntry>()
  const inodes = new Map<RelPath, string>()
  // A list instead of recursion: trees may be deeper than the stack.
  const due: RelPath[] = ['' as RelPath]
  const read = (path: RelPath): void => {
    const at = bufferFromBytes(joinAbs(root, path))
    const stat = lstatOrNothing(at)
    if (stat === undefined) return
    const own = { ...describe(at, stat, ops), xattrs: xattrsOf(ops, root, path), linkedTo: '' }
    entries.set(path, path === '' ? { ...own, mtimeNs: 0n } : own)
    if (!stat.isDirectory()) inodes.set(path, `${stat.dev}:${stat.ino}`)
    else for (const name of namesIn(at, path)) due.push(joinRel(path, bytesFromBuffer(name)))
  }
  const namesIn = (at: Buffer, path: RelPath): Buffer[] => {
    try {
      return readdirSync(at, { encoding: 'buffer' })
    } catch (error) {
      // Node has no name for ESTALE.
      const { errno } = error as NodeJS.ErrnoException
      if (options.unreadable === undefined || (errno !== -5 && errno !== -116)) throw error
      options.unreadable.add(path)
      return []
    }
  }
  for (let path = due.pop(); path !== undefined; path = due.pop()) {
    if (options.exclude?.has(path) !== true) read(path)
  }
  return withLinks(entries, inodes)
}

function withLinks(entries: Map<RelPath, TreeEntry>, inodes: ReadonlyMap<RelPath, string>): TreeSnapshot {
  const names = new Map<string, RelPath[]>()
  for (const [path, inode] of inodes) names.set(inode, [...(names.get(inode) ?? []), path])
  for (const paths of names.values()) {
    const [first] = paths.sort(compareTreeOrder)
    if (paths.length > 1) {
      for (const path of paths) entries.set(path, { ...(entries.get(path) as TreeEntry), linkedTo: first as string })
    }
  }
  return new Map([...entries].sort(([one], [other]) => compareTreeOrder(one, other)))
}

function lstatOrNothing(at: Buffer): BigIntStats | undefined {
  try {
    return lstatSync(at, { bigint: true })
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function describe(at: Buffer, stat: BigIntStats, ops: FileOps): Omit<TreeEntry, 'xattrs' | 'linkedTo'> {
  const common = {
    mode: (Number(stat.mode) & 0o7777).toString(8),
    owner: `${stat.uid}:${stat.gid}`,
    mtimeNs: stat.mtimeNs,
  }
  if (stat.isFile()) {
    const content = hashOf(at, Number(stat.size), ops)
    return { ...common, type: 'file', size: Number(stat.size), content }
  }
  if (stat.isSymbolicLink()) return { ...common, type: 'symlink', size: 0, content: readlinkSync(at, 'latin1') }
  if (stat.isDirectory()) return { ...common, type: 'dir', size: 0, content: '' }
  const type = stat.isFIFO() ? 'fifo' : stat.isSocket() ? 'socket' : stat.isBlockDevice() ? 'block' : 'char'
  return { ...common, type, size: 0, content: String(stat.rdev) }
}

/** Files of this size and more are read where they have data, so that a hole costs nothing. Bytes. */
const large = 1 << 20
const block = 4096

/** SHA-256 of the content, for a large file of its blocks that are not all zero, each with its place: the same with holes and without. */
function hashOf(at: Buffer, size: number, ops: FileOps): string {
  const hash = createHash('sha256')
  if (size < large) return hash.update(readFileSync(at)).digest('hex')
  const fd = openSync(at, 'r')
  try {
    const piece = Buffer.alloc(256 * block)
    for (let run = ops.nextData(fd, 0); run !== undefined; run = ops.nextData(fd, run.end)) {
      const start = run.start - (run.start % block)
      for (let from = start; from < run.end; from += piece.length) {
        const length = readSync(fd, piece, 0, Math.min(piece.length, size - from), from)
        for (let offset = 0; offset < length; offset += block) {
          const bytes = piece.subarray(offset, Math.min(offset + block, length))
          if (bytes.some((byte) => byte !== 0)) hash.update(`${from + offset} `).update(bytes)
        }
      }
    }
    return hash.digest('hex')
  } finally {
    closeSync(fd)
  }
}

/** Without overlayfs' marks, in either family, and XFS' second form of an ACL: they are no part of what a project is. */
function xattrsOf(ops: FileOps, root: AbsPath, path: RelPath): Record<string, string> {
  const dir = ops.openRoot(joinAbs(root, parentOf(path)))
  try {
    const all = [...ops.getXattrs(dir, path === '' ? ('.' as ByteString) : nameOf(path))]
    const plain = all.filter(([name]) => !/^((trusted|user)\.overlay\.|trusted\.SGI_ACL_)/.test(name))
    return Object.fromEntries(plain.sort().map(([name, value]) => [name, Buffer.from(value).toString('hex')]))
  } finally {
    ops.close(dir)
  }
}
