import type { Fd } from '../../../os/file-ops.js'
import { decodeOrigin } from '../../../overlay-format/origin.js'
import type { ByteString } from '../../../paths/byte-string.js'
import { bufferFromBytes } from '../../../paths/bytes.js'
import type { Core } from './core.js'
import { readMark } from './read-marks.js'

/** Types of file handles whose bytes hold the inode number (linux/exportfs.h), with where it is. */
const ino32 = 1
const xfs64 = 0x81
const btrfs = [0x4d, 0x4e]

/**
 * Lets what is found keep the inode number that it had before it was copied up, if its origin says which: as the kernel does, by the mark, but
 * without opening what the handle is of, which is a privilege. Only where both are on one file system.
 */
export function originIno(core: Core, dir: Fd, name: ByteString, listed: string | undefined): void {
  if (core.lowerTags[0] !== 0) return
  const mark = readMark(core, dir, name, 'origin', listed)
  if (mark === undefined || mark === '') return
  const handle = decodeOrigin(bufferFromBytes(mark))
  if (typeof handle === 'string') return
  const { type, bytes } = handle
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (type === ino32 && bytes.length === 8) {
    core.found.inoLow = view.getUint32(0, true)
    core.found.inoHigh = 0
  } else if (type === ino32 && bytes.length === 12) {
    // tmpfs: generation, then the number.
    core.found.inoLow = view.getUint32(4, true)
    core.found.inoHigh = view.getUint32(8, true)
  } else if (bytes.length >= 8 && (type === xfs64 || btrfs.includes(type))) {
    core.found.inoLow = view.getUint32(0, true)
    core.found.inoHigh = view.getUint32(4, true)
  }
}
