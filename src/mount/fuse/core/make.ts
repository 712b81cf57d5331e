import type { ByteString } from '../../../paths/byte-string.js'
import type { EntryOut, NodeId, OpenOut, RequestContext, Result } from './answers.js'
import { copyUp } from './copy-up.js'
import type { Core } from './core.js'
import { EEXIST, ENOENT, ENOTDIR, EPERM, EROFS, ESTALE } from './errno.js'
import { answer, find } from './look-up.js'
import { blockType, charType, dirType, fileType, linkType, type Node } from './node.js'
import * as open from './open-flags.js'
import { settleEntry, type Wish } from './settle-entry.js'

/** A parent that a new entry may be put into, in the upper, or an errno. */
export function parentForNew(core: Core, id: NodeId, name: ByteString): Node | number {
  const parent = core.nodes.get(id)
  if (parent === undefined) return ESTALE
  if (parent.children === undefined) return ENOTDIR
  const there = find(core, parent, name)
  if (typeof there !== 'number') return EEXIST
  if (there !== ENOENT) return there
  if (parent.removed) return ENOENT
  if (!core.writable) return EROFS
  const failed = copyUp(core, parent, 'attributes')
  return failed === 0 ? parent : failed
}

function make(core: Core, id: NodeId, name: ByteString, wish: Wish, out: EntryOut): Result {
  const parent = parentForNew(core, id, name)
  if (typeof parent === 'number') return parent
  const failed = settleEntry(core, parent, name, wish)
  if (failed < 0) return failed
  const node = find(core, parent, name)
  return typeof node === 'number' ? node : answer(core, node, out)
}

export function mknod(
  core: Core,
  context: RequestContext,
  parent: NodeId,
  name: ByteString,
  mode: number,
  rdevMajor: number,
  rdevMinor: number,
  out: EntryOut,
): Result {
  const type = mode >>> 12 === 0 ? fileType : mode >>> 12
  const isDevice = type === charType || type === blockType
  if (type === charType && rdevMajor === 0 && rdevMinor === 0) return EPERM
  const create = (dir: number, as: ByteString, bits: number): Result =>
    core.ops.mknod(dir, as, type * 4096 + bits, isDevice ? rdevMajor : 0, isDevice ? rdevMinor : 0)
  return make(core, parent, name, { context, type, mode: mode & 0o7777, create }, out)
}

export function mkdir(
  core: Core,
  context: RequestContext,
  parent: NodeId,
  name: ByteString,
  mode: number,
  out: EntryOut,
): Result {
  const create = (dir: number, as: ByteString, bits: number): Result => core.ops.mkdir(dir, as, bits)
  return make(core, parent, name, { context, type: dirType, mode: mode & 0o1777, create }, out)
}

export function symlink(
  core: Core,
  context: RequestContext,
  parent: NodeId,
  name: ByteString,
  target: ByteString,
  out: EntryOut,
): Result {
  const create = (dir: number, as: ByteString): Result => core.ops.symlink(target, dir, as)
  return make(core, parent, name, { context, type: linkType, mode: 0o777, create }, out)
}

export function create(
  core: Core,
  context: RequestContext,
  parentId: NodeId,
  name: ByteString,
  mode: number,
  flags: number,
  entry: EntryOut,
  out: OpenOut,
): Result {
  const parent = parentForNew(core, parentId, name)
  if (typeof parent === 'number') return parent
  const how = open.readWrite | open.create | open.exclusive
  const make = (dir: number, as: ByteString, bits: number): Result => core.ops.open(dir, as, how, bits)
  const fd = settleEntry(core, parent, name, { context, type: fileType, mode: mode & 0o7777, create: make })
  if (fd < 0) return fd
  const node = find(core, parent, name)
  if (typeof node === 'number') {
    core.ops.close(fd)
    return node
  }
  const writable = (flags & open.accessMode) !== 0
  const file = { node, fd, writable, append: (flags & open.append) !== 0 }
  node.files?.add(file)
  out.fh = core.files.add(file)
  out.keepCache = true
  return answer(core, node, entry)
}
