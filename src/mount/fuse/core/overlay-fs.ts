import type { DirWatch } from '../../../os/dir-watch.js'
import type { EntryStat } from '../../../os/entry-stat.js'
import type { Fd } from '../../../os/file-ops.js'
import type { MarkFamily } from '../../../overlay-format/mark-names.js'
import type { ByteString, RelPath } from '../../../paths/byte-string.js'
import type {
  Attributes,
  BytesOut,
  EmitEntry,
  EntryOut,
  Handle,
  NodeId,
  OpenOut,
  RequestContext,
  Result,
  SetAttributes,
  StatFsOut,
} from './answers.js'

/** A lower's entry that something in the upper was made of, or takes the place of. */
export interface BaseFacts {
  /** 0: the topmost lower. */
  readonly layer: number
  /** Where that layer has it, whatever its name in merged is by now. */
  readonly path: RelPath
  /** The directory of that layer with the entry, open during the call; and its name there. */
  readonly dir: Fd
  readonly name: ByteString
  /** From before anything was copied. */
  readonly stat: EntryStat
  /** When that was asked for, or before. Milliseconds since 1970. */
  readonly lookedAt: number
  /** `all`: with its content, if it has any. `content`: its attributes were copied up before. */
  readonly part: 'all' | 'attributes' | 'content'
}

/** What the core tells its user, besides answers. None of it may call the core back. */
export interface OverlayEvents {
  /**
   * An entry was copied and gets its place in the upper next; it may have changed since, so whoever needs it to be the same looks again. Or a file
   * that was opened as it is now will be hidden: removed, replaced or cut to nothing. Must not throw.
   */
  readonly onTouch?: ((base: BaseFacts) => void) | undefined
  /** What the kernel keeps under this name is no longer true: FUSE_NOTIFY_INVAL_ENTRY. */
  readonly onStale?: ((parent: NodeId, name: ByteString) => void) | undefined
  /** Whoever waits for an answer about something in this directory has to have it before the next message: FUSE_NOTIFY_INVAL_ENTRY of a name that nothing has. */
  readonly onSettle?: ((directory: NodeId) => void) | undefined
  /** The attributes and content that the kernel keeps are no longer true: FUSE_NOTIFY_INVAL_INODE. */
  readonly onChanged?: ((node: NodeId) => void) | undefined
}

export interface OverlayOptions extends OverlayEvents {
  /** Directories of the lowers, the topmost first; at least one. The core does not close them. */
  readonly lowers: readonly Fd[]
  /** `undefined` with a read-only overlay of lowers alone. */
  readonly upper: Fd | undefined
  /** On the file system of the upper; the core keeps what is half done below it. */
  readonly work: Fd | undefined
  readonly family: MarkFamily
  readonly readOnly: boolean
  /** Whether owners can be set (root). New entries belong to who asks then, else to the process of the core. */
  readonly privileged: boolean
  /** Descriptors that the core keeps of directories at the most; those of open files come on top. */
  readonly maxDirectories: number
  /** How long, in milliseconds, what the kernel was told of a lower's entry may be kept. */
  readonly lowerValidMs: number
  /** Tells what changes in the lowers, where all of it is told: not over a network. Without it everything is {@link lowerValidMs}. */
  readonly watch?: DirWatch | undefined
  /** How many directories are watched at the most. */
  readonly maxWatches?: number | undefined
  /** As {@link lowerValidMs}, for what is watched. It bounds what no watch tells: a mapping that is written to, another name of a file. */
  readonly watchedValidMs?: number | undefined
}

/** A copy-up in slices, so that a large file does not keep others waiting. */
export interface CopyUpJob {
  /** Copies about so many bytes: 1 when there is more to do, 0 when the node is copied up, else the errno. After 0 or an errno it is over. */
  step(bytes: number): Result
  /** Leaves nothing behind. */
  cancel(): void
}

/**
 * An overlay of directories, as a FUSE server needs it: by inode number, synchronous, by a single thread.
 *
 * Every call answers 0 or more when it is done and a negative errno when it is not, never by an exception, which is a bug. What it has to
 * say goes into the record that the caller hands in. Permissions are the kernel's to check (`default_permissions`), and so are locks: ask for
 * neither FUSE_POSIX_LOCKS nor FUSE_FLOCK_LOCKS, and the kernel keeps them by itself. What the core does not do answers ENOSYS or
 * EOPNOTSUPP. Names are one component; what is none is EINVAL.
 *
 * Each answer in an {@link EntryOut} with a nodeid counts as one lookup of it, which {@link forget} takes back.
 */
export interface OverlayFs {
  /** 0 with `out.nodeid` 0: there is no such entry. */
  lookup(parent: NodeId, name: ByteString, out: EntryOut): Result
  forget(node: NodeId, count: number): void
  /** `fh`: of an open file, or -1. */
  getattr(node: NodeId, fh: Handle, out: Attributes): Result
  setattr(context: RequestContext, node: NodeId, set: SetAttributes, out: Attributes): Result
  /** Not 0-terminated. */
  readlink(node: NodeId, out: BytesOut): Result

  /** `mode` with the type; `rdev` for devices. A character device 0:0 is refused (EPERM): it would be a whiteout. */
  mknod(
    context: RequestContext,
    parent: NodeId,
    name: ByteString,
    mode: number,
    rdevMajor: number,
    rdevMinor: number,
    out: EntryOut,
  ): Result
  mkdir(context: RequestContext, parent: NodeId, name: ByteString, mode: number, out: EntryOut): Result
  symlink(context: RequestContext, parent: NodeId, name: ByteString, target: ByteString, out: EntryOut): Result
  /** A further name for `node`. */
  link(context: RequestContext, node: NodeId, parent: NodeId, name: ByteString, out: EntryOut): Result
  unlink(parent: NodeId, name: ByteString): Result
  rmdir(parent: NodeId, name: ByteString): Result
  /** `flags`: RENAME_NOREPLACE (1), RENAME_EXCHANGE (2); any other is EINVAL. */
  rename(parent: NodeId, name: ByteString, newParent: NodeId, newName: ByteString, flags: number): Result

  /** `flags`: O_… of open(2). A file of a lower that is opened for writing is copied up now; with O_TRUNC without its content. */
  open(node: NodeId, flags: number, out: OpenOut): Result
  create(
    context: RequestContext,
    parent: NodeId,
    name: ByteString,
    mode: number,
    flags: number,
    entry: EntryOut,
    out: OpenOut,
  ): Result
  /** How many bytes were read. Fewer than fit only at the end of the file. */
  read(fh: Handle, offset: number, into: Uint8Array): Result
  /** How many bytes were written: fewer where there is no room for more. With O_APPEND at the end of the file. `killPrivileges`: FUSE_WRITE_KILL_SUIDGID. */
  write(fh: Handle, offset: number, data: Uint8Array, killPrivileges?: boolean): Result
  flush(fh: Handle): Result
  fsync(fh: Handle, dataOnly: boolean): Result
  release(fh: Handle): void
  /** `killPrivileges`: as with {@link write}. */
  fallocate(fh: Handle, mode: number, offset: number, length: number, killPrivileges?: boolean): Result
  /** The offset. SEEK_DATA (3) and SEEK_HOLE (4); the rest is the kernel's. */
  lseek(fh: Handle, offset: number, whence: number): Result
  copyFileRange(
    from: Handle,
    fromOffset: number,
    to: Handle,
    toOffset: number,
    length: number,
    killPrivileges?: boolean,
  ): Result
  /** The real descriptor of an open file that stays the one behind it, good until release: for passthrough. Not of a lower's file (-EOPNOTSUPP), nor of one that a write takes privileges from (-EACCES). */
  backingFd(fh: Handle): Result
  /** What {@link open} for writing, or a setattr of the size, would have to copy first; `undefined`: nothing, or nothing worth slices. */
  beginCopyUp(node: NodeId): CopyUpJob | undefined

  opendir(node: NodeId, out: OpenOut): Result
  /** Emits entries from the one after `offset` (0: from the start, read afresh). */
  readdir(fh: Handle, offset: number, plus: boolean, emit: EmitEntry): Result
  releasedir(fh: Handle): void
  fsyncdir(fh: Handle, dataOnly: boolean): Result

  /** The length; with an empty `into` only that. -ERANGE when it does not fit. */
  getxattr(node: NodeId, name: ByteString, into: Uint8Array): Result
  /** As {@link getxattr}; names, each with a NUL after it. */
  listxattr(node: NodeId, into: Uint8Array): Result
  /** `flags`: XATTR_CREATE (1), XATTR_REPLACE (2). `clearSetgid`: FUSE_SETXATTR_ACL_KILL_SGID, with an access ACL. */
  setxattr(node: NodeId, name: ByteString, value: Uint8Array, flags: number, clearSetgid: boolean): Result
  removexattr(node: NodeId, name: ByteString): Result

  statfs(out: StatFsOut): Result
  /** Says by the events what the lowers changed of what the kernel was told, as {@link OverlayOptions.watch} tells. The server calls it several times a second. */
  refresh(): void
  /** Closes all that is open. Nothing may be called afterwards. */
  close(): void
}
