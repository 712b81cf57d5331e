import type { ByteString } from '../paths/byte-string.js'
import {
  attr,
  attrOut,
  dirent,
  entryOut,
  inHeader,
  notifyInvalEntry,
  notifyInvalInode,
  openOut,
  outHeader,
  statfsOut,
} from './layout.js'
import type { Message } from './message.js'
import { notifyCodes } from './numbers.js'

/** `fuse_attr`, and how long it may be kept. */
export interface AttributeFields {
  readonly inoLow: number
  readonly inoHigh: number
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly blocks: number
  readonly blockSize: number
  readonly rdevMajor: number
  readonly rdevMinor: number
  readonly atime: number
  readonly atimeNs: number
  readonly mtime: number
  readonly mtimeNs: number
  readonly ctime: number
  readonly ctimeNs: number
  /** Milliseconds; `Infinity`: for ever. */
  readonly validMs: number
}

/** `fuse_entry_out`. */
export interface EntryFields extends AttributeFields {
  readonly nodeid: number
  readonly entryValidMs: number
}

/** `fuse_kstatfs`. */
export interface StatFsFields {
  readonly blocks: number
  readonly freeBlocks: number
  readonly availableBlocks: number
  readonly files: number
  readonly freeFiles: number
  readonly blockSize: number
  readonly nameMax: number
  readonly fragmentSize: number
}

/** The kernel adds it to a clock of its own, so it has to be far from the end of 64 bits. */
const forEver = 2 ** 31

/** The header of the reply to `request`: the whole length. */
export function putHeader(reply: Message, request: Message, error: number, bodyLength: number): number {
  const length = outHeader.size + bodyLength
  reply.setU32(outHeader.len, length)
  reply.setU32(outHeader.error, error)
  reply.copyU64(outHeader.unique, request, inHeader.unique)
  return length
}

/** The functions below put a body at `at` and say how long it is. */
export function putEntry(reply: Message, at: number, entry: EntryFields): number {
  reply.setU64(at + entryOut.nodeid, entry.nodeid)
  reply.setU64(at + entryOut.generation, 0)
  putMs(reply, at + entryOut.entry_valid, at + entryOut.entry_valid_nsec, entry.entryValidMs)
  putMs(reply, at + entryOut.attr_valid, at + entryOut.attr_valid_nsec, entry.validMs)
  putAttributes(reply, at + entryOut.attr, entry)
  return entryOut.size
}

export function putAttr(reply: Message, at: number, attributes: AttributeFields): number {
  putMs(reply, at + attrOut.attr_valid, at + attrOut.attr_valid_nsec, attributes.validMs)
  reply.setU32(at + attrOut.attr_valid_nsec + 4, 0)
  putAttributes(reply, at + attrOut.attr, attributes)
  return attrOut.size
}

function putMs(reply: Message, seconds: number, nanoseconds: number, ms: number): void {
  const whole = ms >= forEver * 1000 ? forEver : Math.floor(ms / 1000)
  reply.setU64(seconds, whole)
  reply.setU32(nanoseconds, whole === forEver ? 0 : (ms - whole * 1000) * 1e6)
}

function putAttributes(reply: Message, at: number, from: AttributeFields): void {
  reply.setU32(at + attr.ino, from.inoLow)
  reply.setU32(at + attr.ino + 4, from.inoHigh)
  reply.setU64(at + attr.bytes, from.size)
  reply.setU64(at + attr.blocks, from.blocks)
  reply.setU64(at + attr.atime, from.atime)
  reply.setU64(at + attr.mtime, from.mtime)
  reply.setU64(at + attr.ctime, from.ctime)
  reply.setU32(at + attr.atimensec, from.atimeNs)
  reply.setU32(at + attr.mtimensec, from.mtimeNs)
  reply.setU32(at + attr.ctimensec, from.ctimeNs)
  reply.setU32(at + attr.mode, from.mode)
  reply.setU32(at + attr.nlink, from.nlink)
  reply.setU32(at + attr.uid, from.uid)
  reply.setU32(at + attr.gid, from.gid)
  reply.setU32(at + attr.rdev, packDevice(from.rdevMajor, from.rdevMinor))
  reply.setU32(at + attr.blksize, from.blockSize)
  reply.setU32(at + attr.flags, 0)
}

/** The kernel's `new_encode_dev`, in 32 bits. */
export function packDevice(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0
}

export function deviceMajor(packed: number): number {
  return (packed & 0xfff00) >>> 8
}

export function deviceMinor(packed: number): number {
  return (packed & 0xff) | ((packed >>> 12) & 0xfff00)
}

export function putOpen(reply: Message, at: number, handle: number, flags: number, backing = 0): number {
  reply.setU64(at + openOut.fh, handle)
  reply.setU32(at + openOut.open_flags, flags)
  reply.setU32(at + openOut.backing_id, backing)
  return openOut.size
}

export function putStatFs(reply: Message, at: number, from: StatFsFields): number {
  reply.bytes.fill(0, at, at + statfsOut.size)
  reply.setU64(at + statfsOut.blocks, from.blocks)
  reply.setU64(at + statfsOut.bfree, from.freeBlocks)
  reply.setU64(at + statfsOut.bavail, from.availableBlocks)
  reply.setU64(at + statfsOut.files, from.files)
  reply.setU64(at + statfsOut.ffree, from.freeFiles)
  reply.setU32(at + statfsOut.bsize, from.blockSize)
  reply.setU32(at + statfsOut.namelen, from.nameMax)
  reply.setU32(at + statfsOut.frsize, from.fragmentSize)
  return statfsOut.size
}

/** How long an entry of a directory is, padding included. */
export function direntLength(name: ByteString, plus: boolean): number {
  return ((plus ? entryOut.size : 0) + dirent.size + name.length + 7) & ~7
}

/** Of an entry of readdirplus, `at` is where its {@link putEntry} ends; the whole is {@link direntLength} long. */
export function putDirent(
  reply: Message,
  at: number,
  name: ByteString,
  inoLow: number,
  inoHigh: number,
  type: number,
  cookie: number,
): void {
  reply.setU32(at + dirent.ino, inoLow)
  reply.setU32(at + dirent.ino + 4, inoHigh)
  reply.setU64(at + dirent.off, cookie)
  reply.setU32(at + dirent.namelen, name.length)
  reply.setU32(at + dirent.type, type)
  const start = at + dirent.size
  // Clears the padding first: it must not show what an earlier reply held.
  reply.setU32((start + name.length) & ~3, 0)
  reply.setU32(((start + name.length) & ~3) + 4, 0)
  reply.bytes.write(name, start, 'latin1')
}

/** FUSE_NOTIFY_INVAL_INODE of attributes and all content: the message's length. */
export function putInvalInode(reply: Message, nodeid: number): number {
  return putInval(reply, nodeid, 0)
}

/** FUSE_NOTIFY_INVAL_INODE of attributes alone, for which the kernel waits for no lock: the message's length. */
export function putInvalAttributes(reply: Message, nodeid: number): number {
  return putInval(reply, nodeid, -1)
}

/** `offset`: of the first byte of content that is no longer true. */
function putInval(reply: Message, nodeid: number, offset: number): number {
  const at = putNotification(reply, notifyCodes.invalInode, notifyInvalInode.size)
  reply.setU64(at + notifyInvalInode.ino, nodeid)
  reply.setU32(at + notifyInvalInode.off, offset)
  reply.setU32(at + notifyInvalInode.off + 4, Math.min(offset, 0))
  reply.setU64(at + notifyInvalInode.len, 0)
  return outHeader.size + notifyInvalInode.size
}

/** FUSE_NOTIFY_INVAL_ENTRY: the message's length. */
export function putInvalEntry(reply: Message, parent: number, name: ByteString): number {
  const length = notifyInvalEntry.size + name.length + 1
  const at = putNotification(reply, notifyCodes.invalEntry, length)
  reply.setU64(at + notifyInvalEntry.parent, parent)
  reply.setU32(at + notifyInvalEntry.namelen, name.length)
  reply.setU32(at + notifyInvalEntry.flags, 0)
  const end = at + notifyInvalEntry.size + name.length
  reply.bytes.write(name, at + notifyInvalEntry.size, 'latin1')
  reply.bytes[end] = 0
  return outHeader.size + length
}

function putNotification(reply: Message, code: number, bodyLength: number): number {
  reply.setU32(outHeader.len, outHeader.size + bodyLength)
  reply.setU32(outHeader.error, code)
  reply.setU64(outHeader.unique, 0)
  return outHeader.size
}
