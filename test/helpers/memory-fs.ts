import type { Attributes, EntryOut, RequestContext, SetAttributes } from '../../src/mount/fuse/core/answers.js'
import { setBits } from '../../src/mount/fuse/core/answers.js'
import type { OverlayFs } from '../../src/mount/fuse/core/overlay-fs.js'

interface MemoryNode {
  readonly id: number
  readonly type: number
  mode: number
  uid: number
  gid: number
  rdev: readonly [number, number]
  content: Buffer
  size: number
  nlink: number
  lookups: number
  times: [number, number, number, number]
  readonly entries: Map<string, MemoryNode>
  readonly xattrs: Map<string, Buffer>
}

const [directory, regular, link] = [0o040000, 0o100000, 0o120000]
const [noEntry, exists, notEmpty, noData, range, noSys] = [-2, -17, -39, -61, -34, -38]

export interface MemoryOptions {
  /** A file that is copied up when it is opened for writing, which takes until there is one named `go`. */
  readonly slow?: string
}

/** A file system in memory behind the core's interface: enough to try the server on, and no overlay. */
export function memoryFs(options: MemoryOptions = {}): OverlayFs & { readonly known: () => number } {
  const nodes = new Map<number, MemoryNode>()
  const open = new Map<number, MemoryNode>()
  let last = 0
  let handles = 0

  function make(mode: number, context?: RequestContext): MemoryNode {
    last += 1
    const node: MemoryNode = {
      id: last,
      type: mode & 0o170000,
      mode: mode & 0o7777 & ~(context?.umask ?? 0),
      uid: context?.uid ?? 0,
      gid: context?.gid ?? 0,
      rdev: [0, 0],
      content: Buffer.alloc(0),
      size: 0,
      nlink: (mode & 0o170000) === directory ? 2 : 1,
      lookups: 0,
      times: [0, 0, 0, 0],
      entries: new Map(),
      xattrs: new Map(),
    }
    nodes.set(node.id, node)
    return node
  }
  const root = make(directory | 0o777)
  const at = (id: number): MemoryNode => nodes.get(id) as MemoryNode
  const file = (fh: number): MemoryNode => open.get(fh) as MemoryNode
  const handle = (node: MemoryNode): number => {
    handles += 1
    open.set(handles, node)
    return handles
  }

  function fill(node: MemoryNode, out: Attributes): 0 {
    const [atime, atimeNs, mtime, mtimeNs] = node.times
    const { mode, type, nlink, uid, gid, size } = node
    const [rdevMajor, rdevMinor] = node.rdev
    const same = { nlink, uid, gid, size, rdevMajor, rdevMinor, atime, atimeNs, mtime, mtimeNs, ctime: mtime }
    const rest = { inoLow: node.id, inoHigh: 1, blocks: Math.ceil(size / 512), blockSize: 4096, ctimeNs: 0 }
    Object.assign(out, same, rest, { mode: type | mode, validMs: 1000 })
    return 0
  }
  function fillEntry(node: MemoryNode, out: EntryOut): 0 {
    node.lookups += 1
    out.nodeid = node.id
    out.entryValidMs = 1000
    return fill(node, out)
  }
  function add(parent: number, name: string, node: MemoryNode, out: EntryOut): number {
    if (at(parent).entries.has(name)) return exists
    at(parent).entries.set(name, node)
    return fillEntry(node, out)
  }
  function resize(node: MemoryNode, size: number): void {
    if (size > node.content.length) node.content = Buffer.concat([node.content, Buffer.alloc(size * 2)])
    if (size < node.size) node.content.fill(0, size, node.size)
    node.size = size
  }
  function take(parent: number, name: string): number {
    const node = at(parent).entries.get(name)
    if (node === undefined) return noEntry
    if (node.entries.size > 0) return notEmpty
    node.nlink -= 1
    at(parent).entries.delete(name)
    return 0
  }
  function value(from: Uint8Array | undefined, into: Uint8Array): number {
    if (from === undefined) return noData
    if (into.length === 0) return from.length
    if (from.length > into.length) return range
    into.set(from)
    return from.length
  }
  function set(node: MemoryNode, { valid, ...to }: SetAttributes): void {
    if (valid & setBits.mode) node.mode = to.mode & 0o7777
    if (valid & setBits.uid) node.uid = to.uid
    if (valid & setBits.gid) node.gid = to.gid
    if (valid & setBits.size) resize(node, to.size)
    if (valid & setBits.atime) node.times.splice(0, 2, to.atime, to.atimeNs)
    if (valid & setBits.mtime) node.times.splice(2, 2, to.mtime, to.mtimeNs)
    if (valid & setBits.killPrivileges) node.mode &= ~0o6000
  }
  const isCopied = (): boolean => root.entries.has('go')

  return {
    known: () => [...nodes.values()].filter(({ lookups }) => lookups > 0).length,
    lookup(parent, name, out) {
      const node = at(parent).entries.get(name)
      if (node !== undefined) return fillEntry(node, out)
      out.nodeid = 0
      out.entryValidMs = 0
      return 0
    },
    forget: (id, count) => {
      const node = nodes.get(id)
      if (node !== undefined) node.lookups -= count
    },
    getattr: (id, _fh, out) => fill(at(id), out),
    setattr(_context, id, to, out) {
      set(at(id), to)
      return fill(at(id), out)
    },
    readlink(id, out) {
      out.bytes = at(id).content
      return 0
    },
    mknod(context, parent, name, mode, major, minor, out) {
      const node = make(mode, context)
      node.rdev = [major, minor]
      return add(parent, name, node, out)
    },
    mkdir: (context, parent, name, mode, out) => add(parent, name, make(directory | mode, context), out),
    symlink(context, parent, name, target, out) {
      const node = make(link | 0o777, context)
      node.content = Buffer.from(target, 'latin1')
      node.size = node.content.length
      return add(parent, name, node, out)
    },
    link(_context, id, parent, name, out) {
      at(id).nlink += 1
      return add(parent, name, at(id), out)
    },
    unlink: take,
    rmdir: take,
    rename(parent, name, newParent, newName, flags) {
      const [from, to] = [at(parent).entries, at(newParent).entries]
      const node = from.get(name)
      if (node === undefined) return noEntry
      if (flags === 1 && to.has(newName)) return exists
      from.delete(name)
      to.set(newName, node)
      return 0
    },
    open(id, flags, out) {
      if ((flags & 0o1000) !== 0) resize(at(id), 0)
      out.fh = handle(at(id))
      out.keepCache = false
      return 0
    },
    create(context, parent, name, mode, _flags, entry, out) {
      const node = make(regular | mode, context)
      out.fh = handle(node)
      out.keepCache = false
      return add(parent, name, node, entry)
    },
    read(fh, offset, into) {
      const { content, size } = file(fh)
      return content.copy(into, 0, offset, Math.min(size, offset + into.length))
    },
    write(fh, offset, data) {
      const node = file(fh)
      if (offset + data.length > node.size) resize(node, offset + data.length)
      node.content.set(data, offset)
      return data.length
    },
    flush: () => 0,
    fsync: () => 0,
    release: (fh) => void open.delete(fh),
    fallocate: (fh, _mode, offset, length) => {
      resize(file(fh), Math.max(file(fh).size, offset + length))
      return 0
    },
    lseek: (fh, offset, whence) => (whence === 3 ? offset : file(fh).size),
    copyFileRange: () => -95,
    backingFd: () => noSys,
    beginCopyUp(id) {
      if (isCopied() || root.entries.get(options.slow ?? '') !== at(id)) return undefined
      return { step: () => (isCopied() ? 0 : 1), cancel: () => undefined }
    },
    opendir(id, out) {
      out.fh = handle(at(id))
      return 0
    },
    readdir(fh, offset, plus, emit) {
      const all = [...file(fh).entries]
      for (let index = offset; index < all.length; index += 1) {
        const [name, node] = all[index] as [string, MemoryNode]
        const out = {} as EntryOut
        if (plus) fillEntry(node, out)
        if (emit(name as never, node.id, 1, node.type >> 12, index + 1, plus ? out : undefined)) continue
        if (plus) node.lookups -= 1
        break
      }
      return 0
    },
    releasedir: (fh) => void open.delete(fh),
    fsyncdir: () => 0,
    getxattr: (id, name, into) => value(at(id).xattrs.get(name), into),
    listxattr: (id, into) =>
      value(Buffer.from([...at(id).xattrs.keys()].map((name) => `${name}\0`).join(''), 'latin1'), into),
    setxattr(id, name, data) {
      at(id).xattrs.set(name, Buffer.from(data))
      return 0
    },
    removexattr: (id, name) => (at(id).xattrs.delete(name) ? 0 : noData),
    statfs(out) {
      const blocks = { blocks: 1000, freeBlocks: 500, availableBlocks: 400, files: 90, freeFiles: 80 }
      Object.assign(out, blocks, { blockSize: 4096, nameMax: 255, fragmentSize: 4096 })
      return 0
    },
    refresh: () => undefined,
    close: () => undefined,
  }
}
