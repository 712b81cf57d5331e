import type { Fd } from '../../../os/file-ops.js'
import type { StatRow } from '../../../os/stat-row.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { Core } from './core.js'
import { EIO, EOPNOTSUPP, ERANGE } from './errno.js'
import { dirType, linkType } from './node.js'
import { writeMark } from './read-marks.js'

/** Owner, attributes, mode and times of a lower's entry to what is to be its copy, in an order in which none undoes another. */
export function copyAttributes(
  core: Core,
  from: { readonly dir: Fd; readonly name: ByteString },
  to: { readonly dir: Fd; readonly name: ByteString },
  row: StatRow,
): number {
  const { ops } = core
  let failed = ops.setOwner(to.dir, to.name, row.uid, row.gid)
  if (failed === 0) failed = copyXattrs(core, from, to)
  if (failed === 0 && row.type !== linkType) failed = ops.setMode(to.dir, to.name, row.mode)
  if (failed === 0) failed = writeOrigin(core, from, to, row)
  return failed === 0 ? setTimesOf(core, to.dir, to.name, row) : failed
}

export function setTimesOf(core: Core, dir: Fd, name: ByteString, row: StatRow): number {
  const atime = row.time(0)
  const atimeNs = row.nanoseconds
  const mtime = row.time(1)
  return core.ops.setTimes(dir, name, atime, atimeNs, mtime, row.nanoseconds)
}

function copyXattrs(
  core: Core,
  from: { readonly dir: Fd; readonly name: ByteString },
  to: { readonly dir: Fd; readonly name: ByteString },
): number {
  const length = core.ops.listXattrs(from.dir, from.name, core.bytes)
  if (length === EOPNOTSUPP || length === 0) return 0
  if (length < 0) return length === ERANGE ? EIO : length
  const names = core.bytes.toString('latin1', 0, length).split('\0').slice(0, -1) as ByteString[]
  for (const key of names) {
    if (!isCopied(core, key)) continue
    const size = core.ops.getXattr(from.dir, from.name, key, core.bytes)
    if (size < 0) return size
    const failed = core.ops.setXattr(to.dir, to.name, key, core.bytes.subarray(0, size), 0)
    // Labels belong to the place and its policy.
    if (failed !== 0 && !(key.startsWith('security.') && key !== 'security.capability')) return failed
  }
  return 0
}

/** Marks are not, but what a process set under their names is; nor is the second form in which XFS shows an ACL. */
function isCopied(core: Core, key: ByteString): boolean {
  if (key.startsWith('trusted.SGI_ACL_')) return false
  return !key.startsWith(core.prefix) || key.startsWith(`${core.prefix}overlay.`)
}

/** As the kernel: the handle where it may use one, and an empty mark where a user mounts. What cannot carry it goes without. */
function writeOrigin(
  core: Core,
  from: { readonly dir: Fd; readonly name: ByteString },
  to: { readonly dir: Fd; readonly name: ByteString },
  row: StatRow,
): number {
  if (row.type !== dirType && row.nlink !== 1) return 0
  let value = ''
  if (core.family === 'trusted') {
    const length = core.ops.fileHandle(from.dir, from.name, core.bytes)
    if (length > 1) {
      const [type] = core.bytes
      const bytes = core.bytes.toString('latin1', 1, length)
      // struct ovl_fb: version, magic, length, flags, type, and the UUID of the file system, which we are not told.
      const header = Buffer.alloc(21)
      header.set([0, 0xfb, header.length + bytes.length, 0, type as number])
      value = header.toString('latin1') + bytes
    }
  }
  writeMark(core, to.dir, to.name, 'origin', value)
  return 0
}
