import type { ByteString } from '../../../paths/byte-string.js'
import type { BytesOut, Handle, NodeId, OpenOut, Result } from './answers.js'
import { copyUp } from './copy-up.js'
import type { Core } from './core.js'
import { EACCES, EBADF, EINVAL, EISDIR, EOPNOTSUPP, ESTALE } from './errno.js'
import { FileCopy } from './file-copy.js'
import { drop, statNode } from './look-up.js'
import { dirType, fileType, linkType, type Node } from './node.js'
import * as flag from './open-flags.js'
import type { CopyUpJob } from './overlay-fs.js'
import { placeOf, type SomePlace } from './place-of.js'
import { killPrivileges, mayBePrivileged } from './set-attributes.js'
import { lookingAt, noteSeen } from './touch.js'

const own = '' as ByteString

export function open(core: Core, id: NodeId, flags: number, out: OpenOut): Result {
  const node = core.nodes.get(id)
  if (node === undefined) return ESTALE
  if (node.type !== fileType) return node.type === dirType ? EISDIR : EINVAL
  const cut = (flags & flag.truncate) !== 0
  const writable = cut || (flags & flag.accessMode) !== 0
  if (writable) {
    const failed = copyUp(core, node, cut ? 'empty' : 'data')
    if (failed !== 0) return failed
  }
  const fd = openData(core, node, writable ? flags & flag.accessMode || flag.writeOnly : 0)
  if (fd < 0) return fd
  const failed = cut ? core.ops.truncate(fd, 0) : 0
  if (failed !== 0) {
    core.ops.close(fd)
    return failed
  }
  out.keepCache = isUnchanged(core, node, fd)
  const file = { node, fd, writable, append: (flags & flag.append) !== 0 }
  node.files?.add(file)
  out.fh = core.files.add(file)
  return 0
}

/** With a cache that writes back, the kernel reads what is open for writing only. */
function openData(core: Core, node: Node, access: number): number {
  const [place] = node.places
  // Without a name it is opened by /proc, or by a handle, and somebody has it open.
  if (place === undefined) {
    for (const { fd } of node.files ?? []) return openFor(core, { dir: fd, name: own }, access)
    return ESTALE
  }
  if (node.upper && !node.metacopy) {
    const dir = core.fds.upper(place.parent)
    return dir < 0 ? dir : openFor(core, { dir, name: place.name }, access)
  }
  if (node.lowerDir === undefined) return ESTALE
  const dir = core.fds.lower(node.lowerDir)
  return dir < 0 ? dir : core.ops.open(dir, node.lowerName, 0, 0)
}

function openFor(core: Core, { dir, name }: SomePlace, access: number): number {
  const fd = core.ops.open(dir, name, access === flag.writeOnly ? flag.readWrite : access, 0)
  return fd === EACCES && access === flag.writeOnly ? core.ops.open(dir, name, access, 0) : fd
}

/** Whether a lower's file is what it was when it was opened last, also where no watch tells; the upper is changed by nobody else. */
function isUnchanged(core: Core, node: Node, fd: number): boolean {
  if (node.upper && !node.metacopy) return true
  const { other } = core
  const lookedAt = lookingAt()
  if (core.ops.stat(fd, own, other) !== 0) return false
  const [mtime, mtimeNs] = [other.time(1), other.nanoseconds]
  const isSameCtime =
    node.seenCtime === other.time(2) && (node.seenCtimeNs < 0 || node.seenCtimeNs === other.nanoseconds)
  const same = isSameCtime && node.seenSize === other.size && node.seenMtime === mtime && node.seenMtimeNs === mtimeNs
  // The kernel may be keeping attributes for longer than what is open now.
  if (!same && node.kept && node.seenSize >= 0) core.options.onChanged?.(node.id)
  noteSeen(node, other, lookedAt)
  node.seenSize = other.size
  node.seenMtime = mtime
  node.seenMtimeNs = mtimeNs
  return same
}

export function read(core: Core, fh: Handle, offset: number, into: Uint8Array): Result {
  const file = core.files.get(fh)
  return file === undefined ? EBADF : core.ops.read(file.fd, into, offset)
}

export function write(core: Core, fh: Handle, offset: number, data: Uint8Array, kill: boolean): Result {
  const file = core.files.get(fh)
  if (file?.writable !== true) return EBADF
  let position = offset
  if (file.append) {
    const failed = core.ops.stat(file.fd, own, core.other)
    if (failed !== 0) return failed
    position = core.other.size
  }
  const written = core.ops.write(file.fd, data, position)
  if (kill && written >= 0) killPrivileges(core, { dir: file.fd, name: own })
  return written
}

export function release(core: Core, fh: Handle): void {
  const file = core.files.take(fh)
  if (file === undefined) return
  core.ops.close(file.fd)
  file.node.files?.delete(file)
  drop(core, file.node)
}

export function fsync(core: Core, fh: Handle, dataOnly: boolean): Result {
  const file = core.files.get(fh)
  if (file === undefined) return EBADF
  return file.writable ? core.ops.sync(file.fd, dataOnly) : 0
}

export function fallocate(core: Core, fh: Handle, mode: number, offset: number, length: number, kill: boolean): Result {
  const file = core.files.get(fh)
  if (file?.writable !== true) return EBADF
  const failed = core.ops.allocate(file.fd, mode, offset, length)
  if (kill && failed === 0) killPrivileges(core, { dir: file.fd, name: own })
  return failed
}

export function lseek(core: Core, fh: Handle, offset: number, whence: number): Result {
  const file = core.files.get(fh)
  return file === undefined ? EBADF : core.ops.seek(file.fd, offset, whence)
}

export function copyFileRange(
  core: Core,
  fromHandle: Handle,
  fromOffset: number,
  toHandle: Handle,
  toOffset: number,
  length: number,
  kill: boolean,
): Result {
  const [from, to] = [core.files.get(fromHandle), core.files.get(toHandle)]
  if (from === undefined || to?.writable !== true) return EBADF
  const copied = core.ops.copyRange(from.fd, fromOffset, to.fd, toOffset, length)
  if (kill && copied > 0) killPrivileges(core, { dir: to.fd, name: own })
  if (copied !== 0 || length === 0) return copied
  const failed = core.ops.stat(from.fd, own, core.other)
  // The kernel goes on by reading and writing.
  return failed !== 0 ? failed : fromOffset >= core.other.size ? 0 : EOPNOTSUPP
}

export function backingFd(core: Core, fh: Handle): Result {
  const file = core.files.get(fh)
  if (file === undefined) return EBADF
  const { node, fd } = file
  if (!node.upper || node.metacopy) return EOPNOTSUPP
  const failed = mayBePrivileged(core, { dir: fd, name: own })
  return failed === 0 ? fd : failed
}

/** Smaller files are copied in one go. Bytes. */
const worthSlices = 4 << 20

export function beginCopyUp(core: Core, id: NodeId): CopyUpJob | undefined {
  const node = core.nodes.get(id)
  if (node?.type !== fileType || node.removed || (node.upper && !node.metacopy)) return undefined
  if (!core.writable || statNode(core, node, core.other) !== 0 || core.other.size < worthSlices) return undefined
  return new FileCopy(core, node, 'data')
}

export function readlink(core: Core, id: NodeId, out: BytesOut): Result {
  const node = core.nodes.get(id)
  if (node === undefined) return ESTALE
  if (node.type !== linkType) return EINVAL
  const place = placeOf(core, node)
  if (typeof place === 'number') return place
  const length = core.ops.readLink(place.dir, place.name, core.bytes)
  if (length >= 0) out.bytes = core.bytes.subarray(0, length)
  return length
}
