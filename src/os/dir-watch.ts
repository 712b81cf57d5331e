import type { ByteString } from '../paths/byte-string.js'
import { bytesFromBuffer } from '../paths/bytes.js'
import type { Fd } from './file-ops.js'
import type { Addon } from './load-addon.js'

/** Bits of `mask` in linux/inotify.h. */
export const watchBits: {
  readonly attributes: number
  readonly movedFrom: number
  readonly movedTo: number
  readonly created: number
  readonly removed: number
  /** Events were lost. */
  readonly overflow: number
  /** The watch is no more: its directory was removed, or the file system unmounted. */
  readonly ignored: number
  readonly directory: number
} = {
  attributes: 0x4,
  movedFrom: 0x40,
  movedTo: 0x80,
  created: 0x100,
  removed: 0x200,
  overflow: 0x4000,
  ignored: 0x8000,
  directory: 0x4000_0000,
}

/** `name`: of the entry, or empty for the directory itself. */
export type WatchTold = (watch: number, mask: number, name: ByteString) => void

/** Changes in directories, by inotify. Nothing tells of a write through a mapping, nor of one by a name in a directory that is not watched. */
export interface DirWatch {
  /** Has something to read when something happened. */
  readonly fd: Fd
  /** Number of the watch, from 1, the same for the same directory; below 0 the errno. What happens after the call is told. */
  add(dir: Fd): number
  remove(watch: number): void
  /** Tells what happened, in order, and does not wait. */
  read(told: WatchTold): void
}

/** Room for hundreds of events; the kernel needs that of one. */
const room = 65_536

/** `struct inotify_event`: wd, mask, cookie, length of the name with its padding. */
const headerSize = 16

/** @throws SystemError when the user has too many (EMFILE) */
export function openDirWatch(addon: Addon): DirWatch {
  const fd = addon.watchOpen()
  const buffer = Buffer.alloc(room)
  return {
    fd,
    add: (dir) => addon.watchAdd(fd, dir),
    remove: (watch) => void addon.watchRemove(fd, watch),
    read(told) {
      for (let length = addon.watchRead(fd, buffer); length > 0; length = addon.watchRead(fd, buffer)) {
        decodeWatch(buffer.subarray(0, length), told)
      }
    },
  }
}

function decodeWatch(events: Buffer, told: WatchTold): void {
  for (let at = 0; at + headerSize <= events.length; ) {
    const start = at + headerSize
    const end = start + events.readUInt32LE(at + 12)
    const name = events.subarray(start, end)
    const length = name.indexOf(0)
    told(events.readInt32LE(at), events.readUInt32LE(at + 4), bytesFromBuffer(name.subarray(0, Math.max(0, length))))
    at = end
  }
}
