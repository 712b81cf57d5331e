import type { AbsPath, ByteString, RelPath } from '../paths/byte-string.js'
import type { EntryStat } from './entry-stat.js'
import type { Comparison, FilePair, FileRead } from './many-files.js'
import type { SystemError } from './system-error.js'

/** An open file descriptor. Whoever opened it closes it. */
export type Fd = number

/** Extended attributes by full name (`user.color`), values as raw bytes. */
export type Xattrs = ReadonlyMap<ByteString, Uint8Array>

/** One entry of a directory as {@link FileOps.scanDir} reports it. */
export interface ScannedEntry {
  readonly name: ByteString
  readonly stat: EntryStat
  /** All extended attributes; empty unless asked for. */
  readonly xattrs: Xattrs
  /** Link target; only for symlinks. */
  readonly target: ByteString | undefined
}

/** An entry whose link target and attributes are decoded, or read, when they are asked for. */
export interface LazyEntry {
  readonly stat: EntryStat
  xattrs(): Xattrs
  /** Only for symlinks. */
  target(): ByteString | undefined
}

/** An entry of {@link FileOps.lookAt}. */
export interface SeenEntry {
  readonly stat: EntryStat
  /** Empty unless asked for. */
  xattrs(): Xattrs
}

/** One name of two directories. */
export interface PairedEntry {
  readonly name: ByteString
  readonly own: LazyEntry
  /** What the other directory holds under the name. */
  readonly other: LazyEntry | undefined
}

/** The answer of {@link FileOps.scanPair}: names in byte order, each decoded when it is asked for. */
export interface PairScan {
  readonly length: number
  /** `index` below `length`. */
  at(index: number): PairedEntry
}

/** `rename`: what happens to an entry that has the new name already. */
export type RenameMode = 'replace' | 'noreplace' | 'exchange'

/** An entry to rename, by its path below a root each. */
export interface EntryMove {
  readonly from: RelPath
  readonly to: RelPath
  readonly mode: 'noreplace' | 'exchange'
}

/** `done` of the moves, from the first; `failure`: why not the next one. */
export interface MovedEntries {
  readonly done: number
  readonly failure: SystemError | undefined
}

/** `statfs(2)` of the file system below a descriptor. */
export interface FileSystemStat {
  /** `f_type`, the magic number of linux/magic.h. */
  readonly magic: number
  readonly blockSize: number
  readonly freeBytes: number
  /** Inodes left; 0 where the file system does not count them (btrfs). */
  readonly freeInodes: number
  readonly readOnly: boolean
}

/** Bytes of a file from `start` up to before `end`. */
export interface DataRange {
  readonly start: number
  readonly end: number
}

/** An NFS-style file handle: the identity that overlayfs keeps in `overlay.origin`. `name_to_handle_at(2)`. */
export interface FileHandle {
  readonly type: number
  readonly bytes: Uint8Array
}

/** What a copied file has besides its content. Times are nanoseconds since 1970. */
export interface CopiedAttributes {
  /** With setuid, setgid and sticky; exact, whatever the umask. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly atimeNs: bigint
  readonly mtimeNs: bigint
  /** All of them are set: who asks leaves out what is not to be carried. */
  readonly xattrs: Xattrs
}

/** What a source must be for its copy to count; what is not known is not looked at. */
export interface ExpectedSource {
  /** Bytes. */
  readonly size: number
  readonly ino?: bigint | undefined
  readonly ctimeNs?: bigint | undefined
}

export interface FileToCopy {
  /** Below {@link CopyJob.fromRoot}. */
  readonly from: RelPath
  readonly expected: ExpectedSource
  /** Below {@link CopyJob.toRoot}, in a directory that is there and has no default ACL. Nothing has the name yet. */
  readonly to: RelPath
  readonly attributes: CopiedAttributes
}

/** Files to copy from one tree to another. */
export interface CopyJob {
  readonly fromRoot: Fd
  readonly toRoot: Fd
  /** Gone through once, some thousand ahead of what is made. */
  readonly files: Iterable<FileToCopy>
  /** Stops the copying within 16 MiB of content. */
  readonly signal?: AbortSignal | undefined
  /** Files done so far, now and then; once more when all are. */
  readonly onProgress?: ((done: number) => void) | undefined
  /** Some more of the files, from the given one on, are made; called while others are copied. All have been told of in the end. */
  readonly onCopied?: ((first: number, copied: readonly CopiedFile[]) => void) | undefined
  /** Threads at the most; unless told, as many as there are cores, up to 4. */
  readonly threads?: number | undefined
  /** Has the kernel write what is copied all the while, for a job that ends with `syncFs`: that waits less then. Promises nothing by itself. */
  readonly startWriteback?: boolean | undefined
}

/** The file that was made. */
export interface CopiedFile {
  readonly ino: bigint
  readonly ctimeNs: bigint
}

/**
 * Every file system call that the project makes, relative to directory descriptors, synchronous but for those on many files.
 *
 * A `name` is one path component; `.` means `dir` itself where attributes are read or set. A {@link RelPath} may have
 * any depth and length: it is walked in pieces below PATH_MAX. No call follows a symbolic link, crosses a mount or leaves `dir`
 * (`openat2(2)` with RESOLVE_BENEATH, NO_SYMLINKS, NO_MAGICLINKS, NO_XDEV), except the ones that
 * take an {@link AbsPath}.
 *
 * A call that fails throws a `SystemError` (see system-error.ts) with `code`, `syscall` and `path`.
 * Tests wrap this port to fail or to crash any call.
 */
export interface FileOps {
  /** Opens a directory by absolute path, following links. O_RDONLY | O_DIRECTORY | O_CLOEXEC. */
  openRoot(path: AbsPath): Fd
  /** Opens the directory at `path` below `dir` for reading; '' opens `dir` itself again. */
  openDir(dir: Fd, path: RelPath): Fd
  /** Opens a regular file for reading; refuses anything else with its own errno (ELOOP for a link, EINVAL for special files), and never blocks on a FIFO. */
  openFile(dir: Fd, name: ByteString): Fd
  /** Opens a regular file for reading and writing, as {@link openFile}. */
  openFileForWriting(dir: Fd, name: ByteString): Fd
  /** Creates a regular file; EEXIST if anything has the name. Read-write. `mode` is exact, whatever the umask. */
  createFile(dir: Fd, name: ByteString, mode: number): Fd
  close(fd: Fd): void

  /** `undefined` if there is no such name (ENOENT). */
  stat(dir: Fd, name: ByteString): EntryStat | undefined
  statFd(fd: Fd): EntryStat
  /**
   * All entries but `.` and `..`, or those of the names in `only` that are there; in no order, each with stat and link
   * target, in one native call. Entries that vanish meanwhile are left out.
   */
  scanDir(dir: Fd, options?: { readonly xattrs?: boolean; readonly only?: readonly ByteString[] }): ScannedEntry[]
  /**
   * All entries of `dir` but `.` and `..` with their attributes, and what `other` holds under the same names, in one
   * native call. Entries that vanish meanwhile are left out. A device 0:0 counts as none at all in this: its attributes are
   * not read, nor those of what it covers in `other`.
   */
  scanPair(dir: Fd, other: Fd | undefined): PairScan
  /**
   * As {@link scanPair}, of many directories that lie at the same paths below two roots, or below one, on a thread of its own. `undefined` for each
   * that could not be opened or read as a whole on all sides. The descriptors may be closed meanwhile.
   */
  scanPairs(root: Fd, otherRoot: Fd | undefined, paths: readonly RelPath[]): Promise<(PairScan | undefined)[]>
  /** What lies at each of the paths below `root`, in one native call; `undefined`: there is no such entry, or no such directory above it. */
  lookAt(root: Fd, paths: readonly RelPath[], options?: { readonly xattrs?: boolean }): (SeenEntry | undefined)[]
  readLink(dir: Fd, name: ByteString): ByteString
  statFs(fd: Fd): FileSystemStat
  /** `undefined` where the file system has no handles (EOPNOTSUPP). */
  fileHandle(dir: Fd, name: ByteString): FileHandle | undefined

  /** Whole content of a regular file (openFile rules) in one native call. `limit` bytes at the most, EFBIG above. */
  readFile(dir: Fd, name: ByteString, limit?: number): Uint8Array
  /**
   * As {@link readFile}, into a buffer that is used again and again. Returns the length; `undefined` when the file does not
   * fit with a byte to spare.
   */
  readFileInto(dir: Fd, name: ByteString, buffer: Uint8Array): number | undefined
  /** Whether two regular files hold the same, in one native call: for files of a size that one call may read. */
  sameContent(dir: Fd, name: ByteString, otherDir: Fd, otherName: ByteString): boolean
  /**
   * As {@link sameContent}, of many files, on a thread of its own. The paths are those of regular files, each as if its directory was
   * opened by {@link openDir}. Both descriptors may be closed meanwhile.
   */
  compareFiles(root: Fd, otherRoot: Fd, pairs: readonly FilePair[]): Promise<Comparison[]>
  /**
   * Reads whole files into `buffer`, one after the other, on a thread of its own; paths as in {@link compareFiles}. `undefined` for each that
   * could not be read, or did not fit with a byte to spare. The buffer is not to be touched before the answer is there.
   */
  readFiles(root: Fd, paths: readonly RelPath[], buffer: Uint8Array): Promise<(FileRead | undefined)[]>
  /** Reads up to `buffer.length` bytes at `position`; 0 at the end. */
  read(fd: Fd, buffer: Uint8Array, position: number): number
  /**
   * The next range at or after `offset` that may hold anything but zeroes; `undefined` when there is only a hole up to the end.
   * Where the file system knows no holes, all is data.
   */
  nextData(fd: Fd, offset: number): DataRange | undefined
  /** Writes all of `data` at `position`. */
  write(fd: Fd, data: Uint8Array, position: number): void
  truncate(fd: Fd, size: number): void
  /** FICLONE: shares all extents. `false` where the file systems cannot (EOPNOTSUPP, EXDEV, EINVAL, ENOTTY). */
  cloneContent(from: Fd, to: Fd): boolean
  /**
   * Copies data extents at or after `offset`, up to about `limit` bytes, holes kept (SEEK_DATA), by
   * copy_file_range with read/write as fallback. Returns the offset to go on from, or `undefined` when all is copied and `to` has the size of `from`.
   */
  copyContent(from: Fd, to: Fd, offset: number, limit: number): number | undefined
  /**
   * Copies up to `length` bytes, in the kernel (copy_file_range(2)): where both offsets begin a block and the file system can, blocks are
   * shared. Returns how many were copied: fewer at the end of `from`, none where the two file systems do not do this.
   */
  copyRange(from: Fd, fromOffset: number, to: Fd, toOffset: number, length: number): number
  /**
   * Copies many files by several threads, off the caller's: content as {@link cloneContent}, else as {@link copyContent} does, then owner, extended
   * attributes, mode and times. The first failure stops all, and what was made stays for the caller to remove. Settles
   * when all threads that copy have ended. `oneByOne` makes it of the others.
   * @throws SourceMoved; SystemError, its path that of the source or of the copy; OverlayError `ABORTED`
   */
  copyFiles(job: CopyJob): Promise<void>

  /** `mode` is exact, whatever the umask, a default ACL or a setgid bit of `dir` say. */
  mkdir(dir: Fd, name: ByteString, mode: number): void
  symlink(target: ByteString, dir: Fd, name: ByteString): void
  /** Device node, FIFO or socket, of exactly `mode`; `major`/`minor` for devices. `mknod(…, 'char', 0, 0)` makes a whiteout. */
  mknod(
    dir: Fd,
    name: ByteString,
    type: 'char' | 'block' | 'fifo' | 'socket',
    mode: number,
    major: number,
    minor: number,
  ): void
  link(fromDir: Fd, fromName: ByteString, toDir: Fd, toName: ByteString): void
  unlink(dir: Fd, name: ByteString): void
  rmdir(dir: Fd, name: ByteString): void
  rename(fromDir: Fd, fromName: ByteString, toDir: Fd, toName: ByteString, mode: RenameMode): void
  /**
   * Renames entries in this order, each between the parents of its two paths as {@link openDir} opens them, in one native call. The first that
   * fails ends it. `oneByOne` makes it of {@link rename}.
   */
  renameAll(fromRoot: Fd, toRoot: Fd, moves: readonly EntryMove[]): MovedEntries

  /** Not for symlinks (they have no mode). */
  setMode(dir: Fd, name: ByteString, mode: number): void
  setOwner(dir: Fd, name: ByteString, uid: number, gid: number): void
  setTimes(dir: Fd, name: ByteString, atimeNs: bigint, mtimeNs: bigint): void
  getXattrs(dir: Fd, name: ByteString): Xattrs
  setXattr(dir: Fd, name: ByteString, key: ByteString, value: Uint8Array): void
  removeXattr(dir: Fd, name: ByteString, key: ByteString): void

  fsync(fd: Fd): void
  /** Flushes the whole file system that holds `fd`. */
  syncFs(fd: Fd): void
  /** Takes (`exclusive`) or drops (`unlock`) a `flock(2)` without waiting; `false` when somebody else holds it. */
  flock(fd: Fd, how: 'exclusive' | 'unlock'): boolean
}
