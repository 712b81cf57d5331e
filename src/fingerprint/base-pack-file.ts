import { adoptOwner } from '../os/adopt-owner.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { openOrCreate } from '../os/open-or-create.js'
import { isErrno } from '../os/system-error.js'
import { writeFileAtomic } from '../os/write-file-atomic.js'
import { entryName } from '../paths/rel-path.js'
import {
  type Checksum,
  formatSegmentHead,
  indexLine,
  type PackEntries,
  type PackKey,
  type ParsedPack,
  packHeader,
  parsePack,
} from './base-pack-format.js'
import type { PackSegment } from './pack-segment.js'
import { sharedBlock } from './shared-blocks.js'

const packName = entryName('base.pack')

/** The file `base.pack` of a session directory. Whoever writes holds the ledger's lock. Errors: `SystemError`. */
export interface PackFile {
  /** What is in it; nothing when there is no file, or none that is understood. */
  load(): ParsedPack
  /** `length` bytes at `position`; `undefined` when the file does not hold so many. */
  read(position: number, length: number): Uint8Array | undefined
  /**
   * Writes a segment where the last one ended that was understood; what follows there goes. No fsync: losing it to a crash loses
   * a merge, never work. @returns the new length
   */
  append(length: number, segment: PackSegment, entries: PackEntries): number
  /**
   * As {@link append}, for one content of `size` bytes, from the file that `open` gives, in the kernel: blocks are shared where the file system can.
   * `undefined` when it could not all be copied.
   */
  appendShared(length: number, key: PackKey, size: number, open: () => Fd, entries: PackEntries): number | undefined
  /** Replaces the whole file. */
  replace(parts: readonly Uint8Array[]): void
}

export function packFileIn(ops: FileOps, dir: Fd, checksum: Checksum): PackFile {
  const withFile = <T>(otherwise: T, use: (fd: Fd) => T): T => {
    let fd: Fd
    try {
      fd = ops.openFile(dir, packName)
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return otherwise
      throw error
    }
    try {
      return use(fd)
    } finally {
      ops.close(fd)
    }
  }

  const withEnd = <T>(length: number, use: (fd: Fd) => T): T => {
    const fd = openOrCreate(ops, dir, packName, () => adoptOwner(ops, dir, packName))
    try {
      if (ops.statFd(fd).size !== length) ops.truncate(fd, length)
      return use(fd)
    } finally {
      ops.close(fd)
    }
  }

  return {
    load: () =>
      withFile({ entries: new Map(), validLength: 0 }, (fd) =>
        parsePack(ops.statFd(fd).size, (position, length) => readAt(ops, fd, position, length), checksum),
      ),
    read: (position, length) =>
      withFile(undefined, (fd) => {
        const content = readAt(ops, fd, position, length)
        return content.length === length ? content : undefined
      }),
    append: (length, segment, entries) =>
      withEnd(length, (fd) => {
        const [head, data] = segment.parts(checksum)
        const before = beginning(length, head)
        const dataAt = length + before.length
        ops.write(fd, before, length)
        ops.write(fd, data, dataAt)
        segment.place(dataAt, entries)
        return dataAt + data.length
      }),
    appendShared: (length, key, size, open, entries) =>
      withEnd(length, (fd) => {
        const head = (padding: number): Uint8Array =>
          formatSegmentHead(`${indexLine(key, 0)}${'\n'.repeat(padding)}`, size, checksum)
        // From 1,000 on, the number of index bytes has four digits, whatever is added to fill the block.
        const shortest = length + beginning(length, head(1000)).length
        const padding = 1000 + ((sharedBlock - (shortest % sharedBlock)) % sharedBlock)
        const before = beginning(length, head(padding))
        const dataAt = length + before.length
        const source = open()
        try {
          if (ops.copyRange(source, 0, fd, dataAt, size) < size) return undefined
        } finally {
          ops.close(source)
        }
        ops.write(fd, before, length)
        entries.set(key, dataAt)
        return dataAt + size
      }),
    replace: (parts) => writeFileAtomic(ops, dir, packName, Buffer.concat(parts), 0o600),
  }
}

function beginning(length: number, head: Uint8Array): Uint8Array {
  return length === 0 ? Buffer.concat([packHeader, head]) : head
}

function readAt(ops: FileOps, fd: Fd, position: number, length: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const count = ops.read(fd, buffer.subarray(done), position + done)
    if (count === 0) break
    done += count
  }
  return buffer.subarray(0, done)
}
