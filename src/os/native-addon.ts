/** Generated from native-helpers/addon by scripts/build-native.sh --types; not to be edited. */

import type { ByteString as Bytes } from '../paths/byte-string.js'

export declare function boottimeNs(): bigint

export declare function cloneContent(from: number, to: number): boolean

export declare function close(fd: number): void

/**
 * `paths`: of each pair the one below `root` and the one below `otherRoot`, each followed by a NUL. Of each pair: 0 the same,
 * 1 different, 2 a call failed.
 */
export declare function compareFiles(root: number, otherRoot: number, paths: Bytes): Promise<Uint8Array>

export interface Copied {
  /** Of each file its inode number and its ctime. */
  rows: BigUint64Array
  failure?: CopyFailure
}

/** Where to go on; nothing when all is copied. */
export declare function copyContent(from: number, to: number, offset: number, limit: number): number | null

/** Why the first of the files that were not copied was not. */
export interface CopyFailure {
  index: number
  reason: 'stopped' | 'moved' | 'from' | 'to'
  /** `<errno> <syscall>`; for `from` and `to`. */
  message?: string
  /** The errno's name. */
  code?: string
}

/**
 * `paths`: of each file where it is and where it goes, each followed by a NUL. `xattrs`: of each file, packed as by
 * `getXattrs`. `control`: who writes 1 to its first word stops the copying; the second counts files. `threads`: 0 for as many as are good.
 */
export declare function copyFiles(
  fromRoot: number,
  toRoot: number,
  paths: Bytes,
  rows: BigUint64Array,
  xattrs: Uint8Array,
  control: Int32Array,
  threads: number,
  startWriteback: boolean,
): Promise<Copied>

/** How many bytes were copied. */
export declare function copyRange(
  from: number,
  fromOffset: number,
  to: number,
  toOffset: number,
  length: number,
): number

export declare function createFile(dir: number, name: Bytes, mode: number): number

export interface DataRange {
  start: number
  end: number
}

/** Nothing where the file system has no handles. */
export declare function fileHandle(dir: number, name: Bytes): Handle | null

export interface FileSystem {
  magic: number
  blockSize: number
  freeBytes: number
  freeInodes: number
  readOnly: boolean
}

/** Takes (`true`) or drops a lock without waiting; `false` when somebody else holds it. */
export declare function flock(descriptor: number, exclusive: boolean): boolean

export declare function fsync(descriptor: number): void

/** 0, or below 0 the errno. */
export declare function fuseBackingClose(device: number, id: number): number

/** The id, above 0, of an open file that the kernel may read and write by itself (FUSE_PASSTHROUGH); below 0 the errno. */
export declare function fuseBackingOpen(device: number, file: number): number

/** The device of a mount by the mount API. `options`: `key=value`, `key` or a flag of the mount, each followed by a NUL. */
export declare function fuseMount(target: Bytes, source: Bytes, options: Bytes): number

/** The device of a mount by `fusermount3`, or what that said. */
export declare function fuseMountByHelper(program: string, arguments: Array<Bytes>): HandedDevice

/** Writes messages that follow each other, by a thread of its own. */
export declare function fuseNotify(device: number, messages: Uint8Array): void

/**
 * Length of the next request; below 0 the errno: -EAGAIN after `timeout` milliseconds, or when `other` (if not below 0) has something to
 * read and the device has not, -ENODEV after unmounting.
 */
export declare function fuseRead(device: number, buffer: Uint8Array, timeout: number, other: number): number

/** Writes the first `length` bytes: 0, or below 0 the errno. */
export declare function fuseWrite(device: number, buffer: Uint8Array, length: number): number

export declare function getXattrs(dir: number, name: Bytes): Buffer

/** One of them is there. */
export interface HandedDevice {
  device?: number
  refusal?: string
}

export interface Handle {
  type: number
  bytes: Buffer
}

/** Counts up with every change of what this addon offers; the TypeScript side expects one. */
export declare function interfaceVersion(): number

/** `mode` of fallocate(2). */
export declare function layerAllocate(fd: number, mode: number, offset: number, length: number): number

/** 1: all extents are shared; 0: the file systems cannot. */
export declare function layerClone(from: number, to: number): number

export declare function layerClose(fd: number): number

/** Where to go on; 2^53 - 1 when all is copied. */
export declare function layerCopy(from: number, to: number, offset: number, limit: number): number

export declare function layerCopyRange(
  from: number,
  fromOffset: number,
  to: number,
  toOffset: number,
  length: number,
): number

/** The file handle: its type in the first byte, then its bytes. */
export declare function layerFileHandle(dir: number, name: Bytes, into: Uint8Array): number

/** The length; with an empty `into` only that. */
export declare function layerGetXattr(dir: number, name: Bytes, key: Bytes, into: Uint8Array): number

export declare function layerLink(fromDir: number, from: Bytes, toDir: number, to: Bytes): number

/** As `layerGetXattr`: names, each followed by a NUL. */
export declare function layerListXattrs(dir: number, name: Bytes, into: Uint8Array): number

export declare function layerMkdir(dir: number, name: Bytes, mode: number): number

/** `mode` with the type. */
export declare function layerMknod(dir: number, name: Bytes, mode: number, major: number, minor: number): number

export declare function layerNames(dir: number): LayerNames

export interface LayerNames {
  /** Each followed by a slash. */
  names: Bytes
  /** `st_mode >> 12` of each; 0 where the file system does not say. */
  types: Buffer
  inodes: BigUint64Array
  /** An errno below 0, and no names. */
  errno: number
}

/** `openat2` of one component, or `.`, the umask counts; by an empty name what `dir` is open on, once more. */
export declare function layerOpen(dir: number, name: Bytes, flags: number, mode: number): number

export declare function layerOpenDir(dir: number, name: Bytes): number

/** Fills `into`; less only at the end of the file. */
export declare function layerRead(fd: number, into: Uint8Array, position: number): number

export declare function layerReadLink(dir: number, name: Bytes, into: Uint8Array): number

export declare function layerRemoveXattr(dir: number, name: Bytes, key: Bytes): number

/** `flags` of renameat2(2). */
export declare function layerRename(fromDir: number, from: Bytes, toDir: number, to: Bytes, flags: number): number

/** SEEK_DATA (3) or SEEK_HOLE (4). */
export declare function layerSeek(fd: number, offset: number, whence: number): number

export declare function layerSetMode(dir: number, name: Bytes, mode: number): number

/** An id of -1 stays as it is. */
export declare function layerSetOwner(dir: number, name: Bytes, uid: number, gid: number): number

/** Seconds and nanoseconds, or UTIME_NOW and UTIME_OMIT, of access and of modification. */
export declare function layerSetTimes(
  dir: number,
  name: Bytes,
  atime: number,
  atimeNs: number,
  mtime: number,
  mtimeNs: number,
): number

/** `flags` of setxattr(2). */
export declare function layerSetXattr(dir: number, name: Bytes, key: Bytes, value: Uint8Array, flags: number): number

/** Fills a row of 16 slots. */
export declare function layerStat(dir: number, name: Bytes, row: BigUint64Array): number

/** Blocks: all, free, for others than root; inodes: all, free; size of a block, longest name, fragment size. */
export declare function layerStatFs(fd: number, into: Float64Array): number

export declare function layerSymlink(target: Bytes, dir: number, name: Bytes): number

export declare function layerSync(fd: number, dataOnly: boolean): number

export declare function layerTruncate(fd: number, size: number): number

export declare function layerUnlink(dir: number, name: Bytes, directory: boolean): number

/** As write(2): fewer bytes where there is no room for more. */
export declare function layerWrite(fd: number, data: Uint8Array, position: number): number

export declare function link(fromDir: number, fromName: Bytes, toDir: number, toName: Bytes): void

/** What lies at the paths below `root`, each followed by a NUL. */
export declare function lookAt(root: number, paths: Bytes, withAttributes: boolean): LookedAt

export interface LookedAt {
  /** Of each path a packed stat; a type of 0 where there is nothing. */
  rows: BigUint64Array
  /** Of each path where its attributes end in `text`; they begin where those of the one before end. */
  ends: Uint32Array
  text: Bytes
}

export declare function mkdir(dir: number, name: Bytes, mode: number): void

export declare function mknod(
  dir: number,
  name: Bytes,
  type: 'char' | 'block' | 'fifo' | 'socket',
  mode: number,
  major: number,
  minor: number,
): void

/** The next range that may hold anything but zeroes; nothing when a hole reaches to the end. */
export declare function nextData(descriptor: number, offset: number): DataRange | null

export declare function openDir(dir: number, path: Bytes): number

export declare function openFile(dir: number, name: Bytes, writable: boolean): number

export declare function openRoot(path: Bytes): number

export interface PackedPairs {
  /** Of each directory how many names it has; the highest number for one that could not be read. */
  counts: Uint32Array
  /** 37 slots a name, in byte order of the names. */
  rows: BigUint64Array
  /** Names, link targets and attributes. */
  text: Bytes
}

/** How a program ended: one of the first three is there. */
export interface ProgramEnd {
  exitCode?: number
  signal?: number
  /** Name of the errno; it was not started, or could not be spoken to. */
  errno?: string
  stdout: Buffer
  stderr: Buffer
}

/** Raises the limit of open files as far as it goes, and says how far that is. */
export declare function raiseOpenFiles(): number

export declare function read(descriptor: number, buffer: Uint8Array, position: number): number

export declare function readFile(dir: number, name: Bytes, limit: number): Buffer

/** The length; nothing when the file does not fit with a byte to spare. */
export declare function readFileInto(dir: number, name: Bytes, buffer: Uint8Array): number | null

/**
 * Reads the files below `root`, each path followed by a NUL, into `buffer`, which is not to be touched meanwhile. Of each: where
 * its content begins and how long it is, as doubles (-1 when it could not be read), and its stat after that.
 */
export declare function readFiles(root: number, paths: Bytes, buffer: Uint8Array): Promise<BigUint64Array>

export declare function readLink(dir: number, name: Bytes): Bytes

export declare function realtimeNs(): bigint

export declare function removeXattr(dir: number, name: Bytes, key: Bytes): void

export declare function rename(
  fromDir: number,
  fromName: Bytes,
  toDir: number,
  toName: Bytes,
  mode: 'replace' | 'noreplace' | 'exchange',
): void

export interface Renamed {
  /** Entries, from the first. */
  done: number
  /** Why the next one was not: `<errno> <syscall>`. */
  message?: string
  /** The errno's name. */
  code?: string
}

/**
 * Renames entries in order, up to the first that fails. `paths`: of each the one below `fromRoot` and the one below `toRoot`, each followed
 * by a NUL. `exchanges`: of each 1 for RENAME_EXCHANGE, 0 for RENAME_NOREPLACE.
 */
export declare function renameFiles(fromRoot: number, toRoot: number, paths: Bytes, exchanges: Uint8Array): Renamed

export declare function rmdir(dir: number, name: Bytes): void

/** Runs a program with an empty environment, in a thread of its own. */
export declare function runProgram(program: string, args: Array<string>, input: Uint8Array): Promise<ProgramEnd>

export declare function sameContent(dir: number, name: Bytes, otherDir: number, otherName: Bytes): boolean

export interface Scan {
  /** Packed stats, 16 slots an entry. */
  rows: BigUint64Array
  /** Names, each followed by a slash. */
  names: Bytes
  /** Targets of the symlinks among them, each followed by a NUL. */
  targets: Bytes
  /** Of each entry, when asked for: packed as by `getXattrs`. */
  xattrs?: Buffer
}

/** The whole directory, or of the names in `only` (each followed by a slash) those that are there. */
export declare function scanDir(dir: number, withXattrs: boolean, only?: Bytes | undefined | null): Scan

/** The entries of `dir` with their attributes, and what `other` holds under the same names. */
export declare function scanPair(dir: number, other?: number | undefined | null): PackedPairs

/** As `scanPair`, of the directories at `paths`, each followed by a NUL, below two roots, or one. */
export declare function scanPairs(
  root: number,
  otherRoot: number | undefined | null,
  paths: Bytes,
): Promise<PackedPairs>

export declare function setMode(dir: number, name: Bytes, mode: number): void

export declare function setOwner(dir: number, name: Bytes, uid: number, gid: number): void

export declare function setTimes(dir: number, name: Bytes, atimeNs: bigint, mtimeNs: bigint): void

export declare function setXattr(dir: number, name: Bytes, key: Bytes, value: Uint8Array): void

/** Writes the packed answer to `row` (16 slots); `false` if there is no such name. */
export declare function stat(dir: number, name: Bytes, row: BigUint64Array): boolean

export declare function statFd(descriptor: number, row: BigUint64Array): boolean

export declare function statFs(descriptor: number): FileSystem

/** By absolute path, links followed; `false` if there is none. */
export declare function statPath(path: Bytes, row: BigUint64Array): boolean

export declare function symlink(target: Bytes, dir: number, name: Bytes): void

export declare function syncFs(descriptor: number): void

export declare function truncate(descriptor: number, size: number): void

export declare function unlink(dir: number, name: Bytes): void

export declare function unmount(target: Bytes, lazy: boolean): void

/** Watches what changes in a directory: the number of the watch, or below 0 the errno. */
export declare function watchAdd(watches: number, dir: number): number

/** A new inotify object. */
export declare function watchOpen(): number

/** Puts what happened into the buffer, as `struct inotify_event`: how many bytes, 0 when nothing did. */
export declare function watchRead(watches: number, buffer: Uint8Array): number

export declare function watchRemove(watches: number, watch: number): number

export declare function write(descriptor: number, data: Uint8Array, position: number): void
