/** What kind of directory entry a path names (the `S_IFMT` part of `st_mode`). */
export type EntryType = 'file' | 'dir' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket'

/** One `statx(2)` answer. Times are nanoseconds since 1970; sizes are bytes. */
export interface EntryStat {
  readonly type: EntryType
  /** Permission bits with setuid, setgid and sticky: `st_mode & 0o7777`. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly nlink: number
  readonly size: number
  /** Allocated space in units of 512 bytes. */
  readonly blocks: number
  /** Device of the file system that holds the entry, `major:minor` packed as `makedev(3)` does. */
  readonly dev: bigint
  readonly ino: bigint
  readonly rdevMajor: number
  readonly rdevMinor: number
  readonly atimeNs: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  /** Birth time; absent where the file system keeps none. */
  readonly btimeNs: bigint | undefined
  /** `statx` mount id, to notice a mount point below a directory. */
  readonly mountId: bigint
}
