import type { ByteString } from '../../../paths/byte-string.js'
import type { NodeId, Result } from './answers.js'
import { copyUp } from './copy-up.js'
import type { Core } from './core.js'
import { ERANGE, EROFS, ESTALE } from './errno.js'
import { placeOf } from './place-of.js'

/** Marks are hidden; what a process sets under their names is kept with one more `overlay.`, as the kernel does since 6.7. */
function ownName(core: Core, name: ByteString): ByteString {
  return name.startsWith(core.prefix) ? (`${core.prefix}overlay.${name.slice(core.prefix.length)}` as ByteString) : name
}

export function getxattr(core: Core, id: NodeId, name: ByteString, into: Uint8Array): Result {
  const node = core.nodes.get(id)
  if (node === undefined) return ESTALE
  const place = placeOf(core, node)
  return typeof place === 'number' ? place : core.ops.getXattr(place.dir, place.name, ownName(core, name), into)
}

export function listxattr(core: Core, id: NodeId, into: Uint8Array): Result {
  const node = core.nodes.get(id)
  if (node === undefined) return ESTALE
  const place = placeOf(core, node)
  if (typeof place === 'number') return place
  const length = core.ops.listXattrs(place.dir, place.name, core.bytes)
  if (length <= 0) return length
  const all = core.bytes.toString('latin1', 0, length)
  const shown = all.includes(core.prefix) ? merged(core, all) : all
  if (into.length === 0) return shown.length
  if (into.length < shown.length) return ERANGE
  for (let at = 0; at < shown.length; at += 1) into[at] = shown.charCodeAt(at)
  return shown.length
}

function merged(core: Core, all: string): string {
  const escaped = `${core.prefix}overlay.`
  let shown = ''
  for (const name of all.split('\0').slice(0, -1)) {
    if (!name.startsWith(core.prefix)) shown += `${name}\0`
    else if (name.startsWith(escaped)) shown += `${core.prefix}${name.slice(escaped.length)}\0`
  }
  return shown
}

const nothing = new Uint8Array(0)

export function setxattr(
  core: Core,
  id: NodeId,
  name: ByteString,
  value: Uint8Array,
  flags: number,
  clearSetgid: boolean,
): Result {
  return change(core, id, (dir, entry) => {
    const failed = core.ops.setXattr(dir, entry, ownName(core, name), value, flags)
    if (failed !== 0 || !clearSetgid || core.ops.stat(dir, entry, core.other) !== 0) return failed
    const { mode } = core.other
    return (mode & 0o2000) === 0 ? 0 : core.ops.setMode(dir, entry, mode & ~0o2000)
  })
}

export function removexattr(core: Core, id: NodeId, name: ByteString): Result {
  const length = getxattr(core, id, name, nothing)
  if (length < 0) return length
  return change(core, id, (dir, entry) => core.ops.removeXattr(dir, entry, ownName(core, name)))
}

function change(core: Core, id: NodeId, act: (dir: number, name: ByteString) => Result): Result {
  const node = core.nodes.get(id)
  if (node === undefined) return ESTALE
  if (!core.writable) return EROFS
  const failed = node.removed ? 0 : copyUp(core, node, 'attributes')
  if (failed !== 0) return failed
  if (!node.upper) return ESTALE
  const place = placeOf(core, node)
  return typeof place === 'number' ? place : act(place.dir, place.name)
}
