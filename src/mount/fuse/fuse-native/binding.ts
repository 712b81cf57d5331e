/** What is used of fuse-native 2.2.6, which has no types of its own. */

/** Ends a request: the result, then what each operation says. For `read`, `write` and the extended attributes that is the buffer of the request, which is detached. */
export type Signal = (result: number, ...values: readonly unknown[]) => void

/** The words of `stat` or `statfs`. */
export type Words = Uint32Array<ArrayBuffer>

type Path = string
/** A number of 64 bits comes as its two halves. */
type Low = number
type High = number

/** The handlers as libfuse's threads call them, one at a time. fuse-native looks each up by name when it is called. */
export interface RawHandlers {
  _op_statfs(signal: Signal, path: Path): void
  _op_getattr(signal: Signal, path: Path): void
  _op_fgetattr(signal: Signal, path: Path, fd: number): void
  _op_fsync(signal: Signal, path: Path, dataOnly: number, fd: number): void
  _op_fsyncdir(signal: Signal, path: Path, dataOnly: number, fd: number): void
  _op_readdir(signal: Signal, path: Path): void
  _op_truncate(signal: Signal, path: Path, low: Low, high: High): void
  _op_ftruncate(signal: Signal, path: Path, fd: number, low: Low, high: High): void
  _op_utimens(signal: Signal, path: Path): void
  _op_readlink(signal: Signal, path: Path): void
  _op_chown(signal: Signal, path: Path, uid: number, gid: number): void
  _op_chmod(signal: Signal, path: Path, mode: number): void
  _op_mknod(signal: Signal, path: Path, mode: number, device: number): void
  _op_setxattr(signal: Signal, path: Path, name: string, value: Buffer, position: number, flags: number): void
  _op_getxattr(signal: Signal, path: Path, name: string, into: Buffer): void
  _op_listxattr(signal: Signal, path: Path, into: Buffer): void
  _op_removexattr(signal: Signal, path: Path, name: string): void
  _op_open(signal: Signal, path: Path, flags: number): void
  _op_read(signal: Signal, path: Path, fd: number, into: Buffer, length: number, low: Low, high: High): void
  _op_write(signal: Signal, path: Path, fd: number, data: Buffer, length: number, low: Low, high: High): void
  _op_release(signal: Signal, path: Path, fd: number): void
  _op_create(signal: Signal, path: Path, mode: number): void
  _op_unlink(signal: Signal, path: Path): void
  _op_rename(signal: Signal, from: Path, to: Path): void
  _op_link(signal: Signal, from: Path, to: Path): void
  _op_symlink(signal: Signal, target: string, path: Path): void
  _op_mkdir(signal: Signal, path: Path, mode: number): void
  _op_rmdir(signal: Signal, path: Path): void
}

export interface FuseNative extends Partial<RawHandlers> {
  /** Where it mounts: an absolute path by its constructor. */
  mnt: string
  mount(done: (error: Error | null) => void): void
}

/** `operations`: which ones are served, by name. */
export type FuseNativeClass = new (
  mountPoint: string,
  operations: Readonly<Record<string, unknown>>,
  options: { readonly timeout: false; readonly defaultPermissions: true; readonly fsname: string },
) => FuseNative
