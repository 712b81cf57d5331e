import type { AbsPath, ByteString } from '../paths/byte-string.js'

/** One line of `/proc/<pid>/mountinfo`, octal escapes decoded. */
export interface MountInfo {
  readonly id: bigint
  readonly parentId: bigint
  /** `major:minor` packed as in `EntryStat.dev`. */
  readonly dev: bigint
  /** Path within its file system of what is mounted. */
  readonly root: ByteString
  /** Path in the mount namespace of the process that was asked about. */
  readonly mountPoint: AbsPath
  /** Of this mount: `rw`, `nosuid`, and so on. */
  readonly options: readonly string[]
  readonly fsType: string
  readonly source: ByteString
  /** Of the file system, as it shows them: escaped its own way, so kept as it is. */
  readonly superOptions: ByteString
}

/** How a process keeps a mount busy. */
export type MountUse = 'cwd' | 'root' | 'exe' | 'fd' | 'map'

export interface MountUser {
  readonly pid: number
  /** `comm` of the process, at most 15 bytes. */
  readonly command: ByteString
  readonly uses: readonly MountUse[]
}

/** What the machine knows of its clocks, mounts and processes. */
export interface Machine {
  /** CLOCK_REALTIME: nanoseconds since 1970. */
  realtimeNs(): bigint
  /** CLOCK_BOOTTIME: nanoseconds since the machine started, sleep included. */
  boottimeNs(): bigint
  /** Random text that is the same until the next boot. */
  bootId(): string
  /**
   * When a process started, in clock ticks since boot (field 22 of proc(5) stat); `undefined` if there is none of that id
   * (one that ended and was not waited for counts as none).
   */
  processStart(pid: number): bigint | undefined
  /**
   * The mounts that a process sees.
   * @throws SystemError ENOENT when there is no such process; EACCES, EPERM when it is somebody else's
   */
  mountInfo(pid: number | 'self'): MountInfo[]
  /** Processes that keep a mount busy, of those that we may look at; the mount is named by its id or by its file system's device. */
  mountUsers(mount: { readonly mountId: bigint } | { readonly dev: bigint }): MountUser[]
  /** Asks a process to end, or to end at once; `false` if there is none of that id. */
  signal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean
}
