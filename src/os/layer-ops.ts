import type { ByteString } from '../paths/byte-string.js'
import type { Fd } from './file-ops.js'
import type { Addon } from './load-addon.js'
import type { StatRow } from './stat-row.js'

/** What a directory holds, without `.` and `..`. */
export interface LayerNames {
  /** Each followed by a slash. */
  readonly names: ByteString
  /** `st_mode >> 12` of each; 0 where the file system does not say. */
  readonly types: Uint8Array
  readonly inodes: BigUint64Array
  /** Below 0: it could not be listed. */
  readonly errno: number
}

/**
 * The calls of a server on its layers. As {@link import('./file-ops.js').FileOps}, no call follows a link, crosses a mount or leaves its
 * directory; but each answers 0 or more when it is done and the errno, negative, when it is not: on the way of a lookup most
 * names are not there, and an exception for each would cost more than the call.
 *
 * A `name` is one component; `.` and an empty one mean what `dir` is open on. Modes are as the caller says, less the umask of the process.
 * Tests wrap this port to fail any call.
 */
export interface LayerOps {
  /** `flags` of open(2); O_CLOEXEC and O_NOFOLLOW always. `mode` is 0 without O_CREAT. */
  open(dir: Fd, name: ByteString, flags: number, mode: number): number
  openDir(dir: Fd, name: ByteString): number
  close(fd: Fd): number
  stat(dir: Fd, name: ByteString, into: StatRow): number
  names(dir: Fd): LayerNames
  readLink(dir: Fd, name: ByteString, into: Uint8Array): number
  mkdir(dir: Fd, name: ByteString, mode: number): number
  /** `mode` with the type. */
  mknod(dir: Fd, name: ByteString, mode: number, major: number, minor: number): number
  symlink(target: ByteString, dir: Fd, name: ByteString): number
  link(fromDir: Fd, from: ByteString, toDir: Fd, to: ByteString): number
  unlink(dir: Fd, name: ByteString, directory: boolean): number
  /** `flags` of renameat2(2). */
  rename(fromDir: Fd, from: ByteString, toDir: Fd, to: ByteString, flags: number): number
  setMode(dir: Fd, name: ByteString, mode: number): number
  /** -1 leaves an id as it is. */
  setOwner(dir: Fd, name: ByteString, uid: number, gid: number): number
  /** Seconds and nanoseconds; as nanoseconds also UTIME_NOW and UTIME_OMIT. */
  setTimes(dir: Fd, name: ByteString, atime: number, atimeNs: number, mtime: number, mtimeNs: number): number
  /** The length; with an empty `into` only that. */
  getXattr(dir: Fd, name: ByteString, key: ByteString, into: Uint8Array): number
  /** As {@link getXattr}: names, each followed by a NUL. */
  listXattrs(dir: Fd, name: ByteString, into: Uint8Array): number
  setXattr(dir: Fd, name: ByteString, key: ByteString, value: Uint8Array, flags: number): number
  removeXattr(dir: Fd, name: ByteString, key: ByteString): number
  /** The length of: the handle's type in one byte, its bytes. */
  fileHandle(dir: Fd, name: ByteString, into: Uint8Array): number
  /** Fewer bytes than fit only at the end of the file. */
  read(fd: Fd, into: Uint8Array, position: number): number
  /** How many bytes: fewer where there is no room for more. */
  write(fd: Fd, data: Uint8Array, position: number): number
  truncate(fd: Fd, size: number): number
  allocate(fd: Fd, mode: number, offset: number, length: number): number
  /** SEEK_DATA (3) or SEEK_HOLE (4). */
  seek(fd: Fd, offset: number, whence: number): number
  sync(fd: Fd, dataOnly: boolean): number
  /** 1: all extents are shared; 0: the file systems cannot. */
  clone(from: Fd, to: Fd): number
  /** Data from `offset` on, about `limit` bytes: where to go on; 2^53 - 1 when all is copied. */
  copy(from: Fd, to: Fd, offset: number, limit: number): number
  /** How many bytes; 0 also where the file systems cannot. */
  copyRange(from: Fd, fromOffset: number, to: Fd, toOffset: number, length: number): number
  /** Blocks: all, free, for others than root; inodes: all, free; size of a block, longest name, size of a fragment. */
  statFs(fd: Fd, into: Float64Array): number
}

/** {@link LayerOps} by the native addon: one native call each. */
export function createLayerOps(addon: Addon): LayerOps {
  return {
    open: addon.layerOpen,
    openDir: addon.layerOpenDir,
    close: addon.layerClose,
    stat: (dir, name, into) => addon.layerStat(dir, name, into.raw),
    names: addon.layerNames,
    readLink: addon.layerReadLink,
    mkdir: addon.layerMkdir,
    mknod: addon.layerMknod,
    symlink: addon.layerSymlink,
    link: addon.layerLink,
    unlink: addon.layerUnlink,
    rename: addon.layerRename,
    setMode: addon.layerSetMode,
    setOwner: addon.layerSetOwner,
    setTimes: addon.layerSetTimes,
    getXattr: addon.layerGetXattr,
    listXattrs: addon.layerListXattrs,
    setXattr: addon.layerSetXattr,
    removeXattr: addon.layerRemoveXattr,
    fileHandle: addon.layerFileHandle,
    read: addon.layerRead,
    write: addon.layerWrite,
    truncate: addon.layerTruncate,
    allocate: addon.layerAllocate,
    seek: addon.layerSeek,
    sync: addon.layerSync,
    clone: addon.layerClone,
    copy: addon.layerCopy,
    copyRange: addon.layerCopyRange,
    statFs: addon.layerStatFs,
  }
}
