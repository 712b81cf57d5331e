/** What an entry is. `other`: a device, a FIFO or a socket. */
export type WorkspaceEntryType = 'file' | 'dir' | 'symlink' | 'other'

/** An entry of a directory. */
export interface WorkspaceEntry {
  /** In the form of `jsonName`. */
  readonly name: string
  readonly type: WorkspaceEntryType
}

/** What lies at a path; of a symlink, the link itself. */
export interface WorkspaceStat {
  readonly type: WorkspaceEntryType
  /** Bytes of content. */
  readonly size: number
  /** Permission bits, such as `0o644`. */
  readonly mode: number
}

/**
 * Files below one directory, for an agent to read and write. No path leaves it.
 *
 * A path is relative, with `/` between its names; `.` is the workspace itself. `.`, `..` and double slashes in it go by the text alone. A name
 * that is not UTF-8 has the lossless form of `jsonName`: `bytesFromJsonName` gives its bytes back. A relative symlink is followed as long as it stays inside.
 *
 * Every call fails with an OverlayError by code: `PATH_INVALID` (empty, absolute, a NUL byte, a name above 255 bytes, text that is no
 * Unicode), `PATH_OUTSIDE` (it leads out), `NO_SUCH_ENTRY`, `NOT_A_DIRECTORY` (a file where the path goes on), `NOT_A_FILE` (something else
 * where a file was expected), `FILE_TOO_LARGE`, `WORKSPACE_GONE`; or with a SystemError (EACCES, ENOSPC).
 */
export interface WorkspaceCalls {
  /** Whole content of a regular file. Never waits for a FIFO or a device: `NOT_A_FILE`. */
  readFile(path: string): Promise<Uint8Array>
  /**
   * Makes the file hold exactly `data`, old or new for whoever reads meanwhile. It keeps the mode of the file that it replaces; directories above it are
   * made. Through a symlink it writes the file that the link names.
   */
  writeFile(path: string, data: Uint8Array): Promise<void>
  /** Removes a file or a symlink itself, and no directory. Directories that are empty then stay. */
  deleteFile(path: string): Promise<void>
  stat(path: string): Promise<WorkspaceStat>
  /** Entries of a directory by name, in byte order. */
  listDir(path: string): Promise<WorkspaceEntry[]>
}

/** A workspace in a directory of this machine, which a command can work in. */
export interface DirectoryWorkspace extends WorkspaceCalls {
  /** Absolute path of what a command gets as its directory, in the form of `jsonName`. */
  readonly directory: string
}

/** A workspace that lies in no directory: a command gets a copy of its files, and what it changed is applied. */
export interface SnapshotWorkspace extends WorkspaceCalls {
  readonly directory?: undefined
  /** All files. */
  snapshot(): Promise<WorkspaceFiles>
  /**
   * Removes, then makes: all of it, or on an error none. What is deleted need not be there.
   * @throws OverlayError as the calls; `NOT_A_DIRECTORY` for a directory to delete that still holds something
   */
  apply(changes: WorkspaceChanges): Promise<void>
}

/** `directory` tells the two apart. */
export type Workspace = DirectoryWorkspace | SnapshotWorkspace

/**
 * Content by path, as the paths of {@link WorkspaceCalls}. A path that ends with a slash is a directory, its content empty: it is there for
 * directories that hold nothing, and may be for others.
 */
export type WorkspaceFiles = Readonly<Record<string, Uint8Array>>

export interface WorkspaceChanges {
  /** New and changed files; a path that ends with a slash is a new directory. */
  readonly files: WorkspaceFiles
  /** Paths that are gone. A path that ends with a slash is a directory, removed after what it held. */
  readonly deleted: readonly string[]
}
