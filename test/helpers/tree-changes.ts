import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import type { Aspect, Change, ChangeKind, WantedEntry } from '../../src/changeset/change.js'
import type { EntryStat, EntryType } from '../../src/os/entry-stat.js'
import type { ByteString, RelPath } from '../../src/paths/byte-string.js'
import { bufferFromBytes, bytesFromBuffer, bytesFromText } from '../../src/paths/bytes.js'
import { compareTreeOrder, isWithin } from '../../src/paths/rel-path.js'

interface Entry {
  readonly stat: Stats
  readonly type: EntryType
  /** Content of a file, target of a symlink. */
  readonly bytes: ByteString | undefined
}

export type Tree = ReadonlyMap<RelPath, Entry>

/** Everything below `top`, by path; `.git` of the top directory left out. */
export function readTree(top: string): Tree {
  const tree = new Map<RelPath, Entry>()
  const walk = (path: ByteString): void => {
    for (const name of readdirSync(absolute(top, path), { encoding: 'buffer' })) {
      const child = (path === '' ? bytesFromBuffer(name) : `${path}/${bytesFromBuffer(name)}`) as RelPath
      if (child === '.git') continue
      const stat = lstatSync(absolute(top, child))
      const type = typeOf(stat)
      tree.set(child, { stat, type, bytes: contentOf(absolute(top, child), type) })
      if (type === 'dir') walk(child)
    }
  }
  walk('' as ByteString)
  return tree
}

function absolute(top: string, path: ByteString): Buffer {
  return Buffer.concat([Buffer.from(`${top}/`), bufferFromBytes(path)])
}

function contentOf(path: Buffer, type: EntryType): ByteString | undefined {
  if (type === 'file') return bytesFromBuffer(readFileSync(path))
  return type === 'symlink' ? bytesFromBuffer(readlinkSync(path, 'buffer')) : undefined
}

function typeOf(stat: Stats): EntryType {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'dir'
  if (stat.isSymbolicLink()) return 'symlink'
  if (stat.isFIFO()) return 'fifo'
  if (stat.isSocket()) return 'socket'
  return stat.isBlockDevice() ? 'block' : 'char'
}

/** What a session would report that turned `base` into `session`, every file's content in the upper. */
export function changesBetween(base: Tree, session: Tree): Change[] {
  const paths = [...new Set([...base.keys(), ...session.keys()])].sort(compareTreeOrder)
  const changes: Change[] = []
  const gone: RelPath[] = []
  for (const path of paths) {
    if (!session.has(path) && gone.some((dir) => isWithin(path, dir))) continue
    const change = compare(path, base.get(path), session.get(path))
    if (change === undefined) continue
    changes.push(change)
    if (change.base?.type === 'dir' && change.wanted?.type !== 'dir') gone.push(path)
  }
  return changes
}

function compare(path: RelPath, before: Entry | undefined, after: Entry | undefined): Change | undefined {
  const aspects = aspectsOf(before, after)
  if (aspects.size === 0) return undefined
  return {
    kind: kindOf(before, after, aspects),
    path,
    from: undefined,
    wanted: after === undefined ? undefined : wantedEntry(path, after),
    base: before === undefined ? undefined : entryStat(before),
    aspects,
    upper: { ino: 0n, ctimeNs: 0n, size: 0, btimeNs: undefined },
    origin: 'none',
    implied: false,
    overMask: false,
  }
}

function aspectsOf(before: Entry | undefined, after: Entry | undefined): Set<Aspect> {
  if (before === undefined || after === undefined || before.type !== after.type) return new Set(['type'])
  const aspects = new Set<Aspect>()
  if (before.bytes !== after.bytes) aspects.add('content')
  if (before.type !== 'symlink' && before.stat.mode !== after.stat.mode) aspects.add('mode')
  return aspects
}

function kindOf(before: Entry | undefined, after: Entry | undefined, aspects: ReadonlySet<Aspect>): ChangeKind {
  if (before === undefined) return 'create'
  if (after === undefined) return 'delete'
  if (aspects.has('type')) return 'type'
  return aspects.has('content') ? 'modify' : 'metadata'
}

function wantedEntry(path: RelPath, { stat, type, bytes }: Entry): WantedEntry {
  return {
    type,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    size: stat.size,
    atimeNs: 0n,
    mtimeNs: 0n,
    rdevMajor: 0,
    rdevMinor: 0,
    xattrs: new Map(),
    target: type === 'symlink' ? bytes : undefined,
    content: type === 'file' ? { layer: 'upper', path } : undefined,
    linkGroup: undefined,
  }
}

function entryStat({ stat, type }: Entry): EntryStat {
  const { uid, gid, nlink, size, blocks } = stat
  const times = { atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n, btimeNs: undefined }
  const device = { dev: BigInt(stat.dev), ino: BigInt(stat.ino), rdevMajor: 0, rdevMinor: 0, mountId: 0n }
  return { type, mode: stat.mode & 0o7777, uid, gid, nlink, size, blocks, ...times, ...device }
}

/** A path with any bytes in it, for Node's own calls. */
export function onDisk(top: string, path: string | Uint8Array): Buffer {
  return absolute(top, typeof path === 'string' ? bytesFromText(path) : bytesFromBuffer(path))
}
