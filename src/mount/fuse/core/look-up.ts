import type { StatRow } from '../../../os/stat-row.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { Attributes, EntryOut, NodeId, Result } from './answers.js'
import type { Core } from './core.js'
import { ENOENT, ENOTDIR, ESTALE } from './errno.js'
import { dirType, fileType, type LowerDir, type Node } from './node.js'
import type { OverlayOptions } from './overlay-fs.js'
import { checkName, resolve } from './resolve.js'
import { staleBelow, staleInode, staleName } from './stale.js'

export function lookup(core: Core, parentId: NodeId, name: ByteString, out: EntryOut): Result {
  const parent = core.nodes.get(parentId)
  if (parent === undefined) return ESTALE
  if (parent.children === undefined) return ENOTDIR
  const { found } = core
  const covered = core.watches.cover(parent)
  const node = find(core, parent, name)
  found.kept = covered && !found.redirected
  if (typeof node === 'number') {
    if (node !== ENOENT) return node
    if (parent === core.root && found.kept && !found.sure) noteMissing(core, name)
    out.nodeid = 0
    out.entryValidMs = entryValidMs(core)
    return 0
  }
  node.kept = found.kept
  return answer(core, node, out)
}

/** So many missing names of the root are kept at the most. */
const mostMissing = 4096

function noteMissing({ rootMissing, found }: Core, name: ByteString): void {
  if (rootMissing.size < mostMissing) rootMissing.add(name)
  else found.kept = rootMissing.has(name)
}

function entryValidMs({ found, options }: Core): number {
  return found.sure ? Number.POSITIVE_INFINITY : found.kept ? watchedValidMs(options) : options.lowerValidMs
}

function watchedValidMs(options: OverlayOptions): number {
  return options.watchedValidMs ?? options.lowerValidMs
}

/** Counts one lookup and fills the record from `core.row` and `core.found`. */
export function answer(core: Core, node: Node, out: EntryOut): Result {
  node.lookups += 1
  out.nodeid = node.id
  out.entryValidMs = entryValidMs(core)
  fill(core, node, core.row, out)
  return 0
}

/** The node of a name, its attributes in `core.row`; or an errno. */
export function find(core: Core, parent: Node, name: ByteString): Node | number {
  const wrong = checkName(name)
  if (wrong !== 0) return wrong
  const children = parent.children as Map<ByteString, Node>
  const known = children.get(name)
  const failed = resolve(core, parent, name, known)
  if (failed !== 0) {
    if (failed === ENOENT && known !== undefined) lose(core, known, parent, name)
    return failed
  }
  const { found } = core
  if (known !== undefined) {
    if (isStill(known, core)) {
      if (known.children !== undefined) mergeWith(core, known, parent, name)
      update(known, core)
      return known
    }
    lose(core, known, parent, name)
  }
  const node = otherName(core) ?? core.newNode(found.type)
  if (node.places.length === 0) {
    node.inoLow = found.inoLow
    node.inoHigh = found.inoHigh
  }
  update(node, core)
  for (const dir of node.lowers) dir.node = node
  addPlace(node, parent, name)
  if (found.upper && found.type !== dirType && core.row.nlink > 1) noteLink(core, node, core.row)
  return node
}

export function addPlace(node: Node, parent: Node, name: ByteString): void {
  node.places.push({ parent, name })
  node.removed = false
  parent.children?.set(name, node)
}

/** From now on the node is found by its inode in the upper as well. */
export function noteLink(core: Core, node: Node, row: StatRow): void {
  node.linkKey = row.raw[10] as bigint
  node.linkBirth = row.raw[14] as bigint
  core.links.set(node.linkKey, node)
}

/** Takes a name from a node. */
export function removePlace(node: Node, parent: Node, name: ByteString): void {
  const at = node.places.findIndex((place) => place.parent === parent && place.name === name)
  if (at >= 0) node.places.splice(at, 1)
  if (parent.children?.get(name) === node) parent.children.delete(name)
  if (node.places.length === 0) node.removed = true
}

/** A name that is gone, or means another entry now, without the mount's doing. */
function lose(core: Core, node: Node, parent: Node, name: ByteString): void {
  removePlace(node, parent, name)
  node.kept = false
  drop(core, node)
}

/** What lowers have in a directory that is known: if that is another directory now, nothing holds that was said of what is in it. */
function mergeWith(core: Core, node: Node, parent: Node, name: ByteString): void {
  const { lowers } = core.found
  if (lowers.length === node.lowers.length && lowers.every((dir, index) => dir === node.lowers[index])) return
  for (const dir of node.lowers) if (!lowers.includes(dir)) letGo(core, dir)
  for (const dir of lowers) dir.node = node
  if (!core.found.upper) {
    // What was there may be shown somewhere else now, with its number.
    node.inoLow = core.found.inoLow
    node.inoHigh = core.found.inoHigh
  }
  staleBelow(core, node)
  staleName(core, parent, name)
  staleInode(core, node)
}

function otherName(core: Core): Node | undefined {
  if (!core.found.upper || core.found.type === dirType || core.row.nlink < 2) return undefined
  const node = core.links.get(core.row.raw[10] as bigint)
  return node?.linkBirth === core.row.raw[14] ? node : undefined
}

function isStill(node: Node, core: Core): boolean {
  const { found } = core
  if (node.type !== found.type || node.upper !== found.upper) return false
  if (found.upper || found.type === dirType) return true
  return node.inoLow === found.inoLow && node.inoHigh === found.inoHigh && node.birth === core.row.birth
}

function update(node: Node, { found, row }: Core): void {
  node.birth = row.birth
  node.upper = found.upper
  node.metacopy = found.metacopy
  node.lowerDir = found.lowerDir
  node.lowerName = found.lowerName
  node.lowers = found.lowers
  node.attributeWhiteouts = found.attributeWhiteouts
  node.impure = found.impure
}

export function forget(core: Core, id: NodeId, count: number): void {
  const node = core.nodes.get(id)
  if (node === undefined) return
  node.lookups = Math.max(0, node.lookups - count)
  drop(core, node)
}

/** Lets a node go that nobody knows any more, and what was kept for its sake alone. */
export function drop(core: Core, first: Node): void {
  for (let node: Node | undefined = first; node !== undefined && node !== core.root; ) {
    if (node.lookups > 0 || (node.children?.size ?? 0) > 0 || (node.files?.size ?? 0) > 0) return
    core.nodes.delete(node.id)
    core.fds.close(node)
    for (const dir of node.lowers) if (dir.node === node) letGo(core, dir)
    if (node.linkKey !== undefined && core.links.get(node.linkKey) === node) core.links.delete(node.linkKey)
    const above: Node | undefined = node.places[0]?.parent
    for (const place of node.places) {
      if (place.parent.children?.get(place.name) === node) place.parent.children.delete(place.name)
    }
    for (const place of node.places.slice(1)) drop(core, place.parent)
    node = above
  }
}

function letGo(core: Core, dir: LowerDir): void {
  core.watches.release(dir)
  core.fds.close(dir)
}

/** Attributes as merged shows them, into `row`; an errno. */
export function statNode(core: Core, node: Node, row: StatRow): number {
  if (node.children !== undefined) {
    const dir = node.upper ? core.fds.upper(node) : lowerOf(core, node)
    return dir < 0 ? dir : core.ops.stat(dir, '' as ByteString, row)
  }
  const place = node.places[0]
  if (place === undefined) {
    for (const file of node.files ?? []) return core.ops.stat(file.fd, '' as ByteString, row)
    return ESTALE
  }
  if (!node.upper) return statLower(core, node, row)
  const dir = core.fds.upper(place.parent)
  return dir < 0 ? dir : core.ops.stat(dir, place.name, row)
}

function lowerOf(core: Core, node: Node): number {
  const [first] = node.lowers
  return first === undefined ? ENOENT : core.fds.lower(first)
}

function statLower(core: Core, node: Node, row: StatRow): number {
  if (node.lowerDir === undefined) return ESTALE
  const dir = core.fds.lower(node.lowerDir)
  return dir < 0 ? dir : core.ops.stat(dir, node.lowerName, row)
}

export function fill(core: Core, node: Node, row: StatRow, out: Attributes): void {
  out.inoLow = node.inoLow
  out.inoHigh = node.inoHigh
  out.mode = row.type * 4096 + row.mode
  const merged = node.type === dirType && (node.lowers.length > 1 || (node.upper && node.lowers.length > 0))
  out.nlink = merged ? 1 : node.removed && !node.upper ? 0 : row.nlink
  out.uid = row.uid
  out.gid = row.gid
  out.size = row.size
  out.blocks = row.blocks
  out.blockSize = 4096
  out.rdevMajor = row.rdevMajor
  out.rdevMinor = row.rdevMinor
  out.atime = row.time(0)
  out.atimeNs = row.nanoseconds
  out.mtime = row.time(1)
  out.mtimeNs = row.nanoseconds
  out.ctime = row.time(2)
  out.ctimeNs = row.nanoseconds
  out.validMs = node.upper
    ? Number.POSITIVE_INFINITY
    : isKept(node, row)
      ? watchedValidMs(core.options)
      : core.options.lowerValidMs
  if (node.metacopy && node.type === fileType && statLower(core, node, core.other) === 0) out.blocks = core.other.blocks
}

/** Whether it is told when the attributes change. A file with several names is changed by another of them without a word. */
function isKept(node: Node, row: StatRow): boolean {
  if (node.children !== undefined) return (node.lowers[0]?.watch ?? 0) > 0
  return node.kept && (node.lowerDir?.watch ?? 0) > 0 && row.nlink === 1
}

export function getattr(core: Core, id: NodeId, fh: number, out: Attributes): Result {
  const node = core.nodes.get(id)
  if (node === undefined) return ESTALE
  // An open file of the project may have lost its name there.
  const file = fh < 0 || (node.upper && !node.removed) ? undefined : core.files.get(fh)
  const failed =
    file === undefined ? statNode(core, node, core.row) : core.ops.stat(file.fd, '' as ByteString, core.row)
  if (failed !== 0) return failed
  fill(core, node, core.row, out)
  return 0
}
