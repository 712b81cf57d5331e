import type { ByteString } from '../../../paths/byte-string.js'
import { type EmitEntry, entryOut, type Handle, type NodeId, type OpenOut, type Result } from './answers.js'
import type { Core } from './core.js'
import { EBADF, ENOENT, ENOTDIR, ESTALE } from './errno.js'
import { forget, lookup } from './look-up.js'
import { charType, dirType, fileType, type Listed, type Node } from './node.js'
import { readMark } from './read-marks.js'
import { isWhiteout } from './resolve.js'

export function opendir(core: Core, id: NodeId, out: OpenOut): Result {
  const node = core.nodes.get(id)
  if (node === undefined) return ESTALE
  if (node.children === undefined) return ENOTDIR
  out.fh = core.dirs.add({ node, listing: undefined })
  out.keepCache = core.watches.cover(node)
  return 0
}

export function readdir(core: Core, fh: Handle, offset: number, plus: boolean, emit: EmitEntry): Result {
  const dir = core.dirs.get(fh)
  if (dir === undefined) return EBADF
  if (offset === 0 || dir.listing === undefined) {
    const listing = list(core, dir.node)
    if (typeof listing === 'number') return listing
    dir.listing = listing
  }
  const { node, listing } = dir
  const above = node.places[0]?.parent ?? node
  if (offset < 1 && !emit('.' as ByteString, node.inoLow, node.inoHigh, dirType, 1, undefined)) return 0
  if (offset < 2 && !emit('..' as ByteString, above.inoLow, above.inoHigh, dirType, 2, undefined)) return 0
  const out = plus ? entryOut() : undefined
  for (let at = Math.max(0, offset - 2); at < listing.length; at += 1) {
    const { name, inoLow, inoHigh, type } = listing[at] as Listed
    if (out === undefined) {
      if (!emit(name, inoLow, inoHigh, type, at + 3, undefined)) return 0
      continue
    }
    const failed = lookup(core, node.id, name, out)
    if (failed === 0 && out.nodeid === 0) continue
    if (failed !== 0) out.nodeid = 0
    const taken =
      failed === 0
        ? emit(name, out.inoLow, out.inoHigh, out.mode >>> 12, at + 3, out)
        : emit(name, inoLow, inoHigh, type, at + 3, out)
    if (taken) continue
    if (failed === 0) forget(core, out.nodeid, 1)
    return 0
  }
  return 0
}

/** What merged shows in a directory, or an errno. */
export function list(core: Core, node: Node): Listed[] | number {
  const entries: Listed[] = []
  if (node.removed) return entries
  const several = (node.upper ? 1 : 0) + node.lowers.length > 1
  const seen = several ? new Set<ByteString>() : undefined
  if (node.upper) {
    const failed = listUpper(core, node, entries, seen)
    if (failed !== 0) return failed
  }
  for (const [index, lower] of node.lowers.entries()) {
    const dir = core.fds.lower(lower)
    // The person removed it.
    if (dir === ENOENT || dir === ENOTDIR) continue
    if (dir < 0) return dir
    const tag = ((core.lowerTags[lower.layer] as number) << 24) >>> 0
    const failed = listLayer(core, dir, node, entries, seen, tag, index + 1 < node.lowers.length)
    if (failed !== 0) return failed
  }
  return entries
}

function listUpper(core: Core, node: Node, entries: Listed[], seen: Set<ByteString> | undefined): number {
  const dir = core.fds.upper(node)
  if (dir < 0) return dir
  return listLayer(core, dir, node, entries, seen, 0, true)
}

/** `covers`: what is here hides the same names further down. */
function listLayer(
  core: Core,
  dir: number,
  node: Node,
  entries: Listed[],
  seen: Set<ByteString> | undefined,
  tag: number,
  covers: boolean,
): number {
  const { names, types, inodes, errno } = core.ops.names(dir)
  if (errno !== 0) return errno
  const words = new Uint32Array(inodes.buffer, inodes.byteOffset, inodes.length * 2)
  let from = 0
  for (let at = 0; at < types.length; at += 1) {
    const end = names.indexOf('/', from)
    const name = names.slice(from, end) as ByteString
    from = end + 1
    if (seen?.has(name) === true) continue
    let type = types[at] as number
    if (covers) seen?.add(name)
    if (type === 0 || type === charType || (type === fileType && node.attributeWhiteouts)) {
      if (core.ops.stat(dir, name, core.other) !== 0) continue
      if (isWhiteout(core.other)) {
        seen?.add(name)
        continue
      }
      type = core.other.type
      if (node.attributeWhiteouts && type === fileType && core.other.size === 0 && tag === 0) {
        if (readMark(core, dir, name, 'whiteout', undefined) !== undefined) continue
      }
    }
    const known = node.children?.get(name)
    const inoLow = known?.inoLow ?? (words[at * 2] as number)
    const inoHigh = known?.inoHigh ?? ((words[at * 2 + 1] as number) | tag) >>> 0
    entries.push({ name, inoLow, inoHigh, type })
  }
  return 0
}
