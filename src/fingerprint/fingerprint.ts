import type { EntryStat, EntryType } from '../os/entry-stat.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { ByteString } from '../paths/byte-string.js'
import type { AttributesDigest } from './attributes-digest.js'
import type { ContentHash, ContentHasher, SeenContent } from './content-hash.js'

/** What is remembered of one entry of the project: enough to tell later whether it is still the same. */
export interface Fingerprint {
  readonly type: EntryType
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly ino: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  /** Regular files; `undefined` when only the identity was taken. */
  readonly hash: ContentHash | undefined
  /** Symlinks. */
  readonly target: ByteString | undefined
  /** Of the extended attributes and ACLs that a commit carries; `undefined` when they were not read. */
  readonly attributes?: AttributesDigest | undefined
}

/** An entry whose fingerprint is to be taken. */
export interface FingerprintedEntry {
  readonly dir: Fd
  readonly name: ByteString
  readonly stat: EntryStat
  readonly attributes: AttributesDigest | undefined
}

/** The part of a fingerprint that costs no read: proves sameness by inode and ctime alone. */
export function identityOf(stat: EntryStat): Fingerprint {
  const { type, mode, uid, gid, size, ino, mtimeNs, ctimeNs } = stat
  return { type, mode, uid, gid, size, ino, mtimeNs, ctimeNs, hash: undefined, target: undefined }
}

/**
 * Takes the fingerprint of an entry; `undefined` when it moved while it was read, so that what was read does not belong to its `stat`.
 */
export function takeFingerprint(
  ops: FileOps,
  hasher: ContentHasher,
  { dir, name, stat, attributes }: FingerprintedEntry,
  signal?: AbortSignal,
  seen?: SeenContent,
): Fingerprint | undefined {
  const identity = { ...identityOf(stat), attributes }
  if (stat.type === 'symlink') return { ...identity, target: ops.readLink(dir, name) }
  if (stat.type !== 'file') return identity
  const hash = hasher.hashFile(dir, name, stat.size, signal, seen)
  const after = ops.stat(dir, name)
  return after !== undefined && isSameInstant(identity, after) ? { ...identity, hash } : undefined
}

/** Nothing at all happened to the inode since: any write, chmod or rename would have moved ctime. */
export function isSameInstant(known: Fingerprint, now: Pick<EntryStat, 'ino' | 'ctimeNs' | 'type' | 'size'>): boolean {
  return known.ino === now.ino && known.ctimeNs === now.ctimeNs && known.type === now.type && known.size === now.size
}

/** Type, mode and owner agree, and for files the size: the cheap half of comparing by content. */
export function isAlike(known: Fingerprint, now: Pick<EntryStat, 'type' | 'mode' | 'uid' | 'gid' | 'size'>): boolean {
  const same = known.type === now.type && known.uid === now.uid && known.gid === now.gid
  return same && (now.type === 'symlink' || known.mode === now.mode) && (now.type !== 'file' || known.size === now.size)
}
