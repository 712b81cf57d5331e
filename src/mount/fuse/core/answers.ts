import type { ByteString } from '../../../paths/byte-string.js'

/** Number of an inode as the kernel knows it. 1 is the root; never given a second time, so its generation is always 0. */
export type NodeId = number

/** Number of an open file or directory, from 0. */
export type Handle = number

/** 0 or more: done, with what each call says. Below 0: the errno, negative (-2 is ENOENT). */
export type Result = number

/** Who asks. One record may be used again for each request. */
export interface RequestContext {
  uid: number
  gid: number
  pid: number
  /** Of the caller: the core applies it, but for a directory with a default ACL. So ask the kernel for FUSE_DONT_MASK. */
  umask: number
}

/**
 * Attributes, written over with each answer. Numbers that need 64 bits are exact up to 2^53 but for the inode number,
 * which comes in two halves. No file system reaches the rest.
 */
export interface Attributes {
  inoLow: number
  inoHigh: number
  /** With the type: `st_mode`. */
  mode: number
  nlink: number
  uid: number
  gid: number
  size: number
  /** In units of 512 bytes. */
  blocks: number
  blockSize: number
  rdevMajor: number
  rdevMinor: number
  /** Seconds since 1970, below 0 before it; nanoseconds from 0 to 999,999,999. */
  atime: number
  atimeNs: number
  mtime: number
  mtimeNs: number
  ctime: number
  ctimeNs: number
  /** Milliseconds that the attributes may be kept: `Infinity` where nobody but the mount changes them. */
  validMs: number
}

/** A name that was looked up. */
export interface EntryOut extends Attributes {
  /** 0: there is no such entry, which may be kept for {@link entryValidMs} (lookup answers 0, not -ENOENT). */
  nodeid: NodeId
  entryValidMs: number
}

/** What the kernel may do with a file that was opened. */
export interface OpenOut {
  fh: Handle
  /** Pages that the kernel has of it are good still (FOPEN_KEEP_CACHE). */
  keepCache: boolean
}

/** `statfs(2)`. */
export interface StatFsOut {
  blocks: number
  freeBlocks: number
  availableBlocks: number
  files: number
  freeFiles: number
  blockSize: number
  nameMax: number
  fragmentSize: number
}

/** What setattr is to set; bits of {@link SetAttributes.valid} are those of FUSE (FATTR_…). */
export interface SetAttributes {
  valid: number
  mode: number
  uid: number
  gid: number
  size: number
  atime: number
  atimeNs: number
  mtime: number
  mtimeNs: number
  fh: Handle
}

/** FATTR_ bits of linux/fuse.h that {@link SetAttributes.valid} may have; others are let pass. */
export const setBits: {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly atime: number
  readonly mtime: number
  readonly handle: number
  readonly atimeNow: number
  readonly mtimeNow: number
  /** FATTR_KILL_SUIDGID: take setuid, setgid and `security.capability` away. */
  readonly killPrivileges: number
} = {
  mode: 1 << 0,
  uid: 1 << 1,
  gid: 1 << 2,
  size: 1 << 3,
  atime: 1 << 4,
  mtime: 1 << 5,
  handle: 1 << 6,
  atimeNow: 1 << 7,
  mtimeNow: 1 << 8,
  killPrivileges: 1 << 11,
}

/** A record of a change of nothing, to be filled again and again. */
export function setNothing(): SetAttributes {
  return { valid: 0, mode: 0, uid: 0, gid: 0, size: 0, atime: 0, atimeNs: 0, mtime: 0, mtimeNs: 0, fh: -1 }
}

/** A record for answers, to be used again and again. */
export function entryOut(): EntryOut {
  return {
    nodeid: 0,
    entryValidMs: 0,
    inoLow: 0,
    inoHigh: 0,
    mode: 0,
    nlink: 0,
    uid: 0,
    gid: 0,
    size: 0,
    blocks: 0,
    blockSize: 0,
    rdevMajor: 0,
    rdevMinor: 0,
    atime: 0,
    atimeNs: 0,
    mtime: 0,
    mtimeNs: 0,
    ctime: 0,
    ctimeNs: 0,
    validMs: 0,
  }
}

/**
 * Called for each entry of a directory. `cookie` is where the next readdir goes on. With readdirplus `entry` is filled and counted as one lookup;
 * its nodeid is 0 where it could not be (`.` and `..` never are). `type` is `st_mode >> 12`. Answers `false` when the entry did not fit: it was not taken, its
 * lookup does not count, and the listing ends.
 */
export type EmitEntry = (
  name: ByteString,
  inoLow: number,
  inoHigh: number,
  type: number,
  cookie: number,
  entry: EntryOut | undefined,
) => boolean

/** A text or value of the core's answer; valid until the next call. */
export interface BytesOut {
  bytes: Uint8Array
}
