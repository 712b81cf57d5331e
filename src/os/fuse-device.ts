import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import type { Fd } from './file-ops.js'
import type { Addon } from './load-addon.js'
import { systemErrorFrom } from './system-error.js'

/** /dev/fuse, with a mount behind it. */
export interface FuseDevice {
  /**
   * Waits up to `timeout` milliseconds (below 0: for ever) for a request: its length, or below 0 the errno. -EAGAIN when none
   * came, or when `other` (-1: none) has something to read before; -ENODEV after unmounting.
   */
  read(buffer: Uint8Array, timeout: number, other: Fd): number
  /** Writes the first `length` bytes, a reply: 0, or below 0 the errno. */
  write(buffer: Uint8Array, length: number): number
  /** Writes messages, one after the other, by a thread of its own: the kernel may have locks to wait for that a request holds. */
  notify(messages: Uint8Array): void
  /** The id, above 0, of an open file that the kernel may read and write by itself (FUSE_PASSTHROUGH), or below 0 the errno. */
  openBacking(file: Fd): number
  /** Files that are open with it go on. */
  closeBacking(id: number): void
  close(): void
}

export type FuseMount =
  | { readonly device: FuseDevice; readonly refusal: undefined }
  /** What the program said that mounts for us. */
  | { readonly device: undefined; readonly refusal: string }

/** What only a FUSE server needs of the system. */
export interface FuseSystem {
  /** By the mount API, for root. `options` of the file system, and flags of the mount (`nosuid`, `ro`). @throws SystemError */
  mount(target: AbsPath, source: ByteString, options: readonly ByteString[]): FuseDevice
  /** By `fusermount3`. @throws SystemError when it cannot be started */
  mountByHelper(program: string, args: readonly ByteString[]): FuseMount
  /** `lazy`: also while it is in use. @throws SystemError */
  unmount(target: AbsPath, lazy: boolean): void
  /** Raises the limit of open files as far as it goes, and says how far that is. */
  raiseOpenFiles(): number
}

export function fuseSystem(addon: Addon): FuseSystem {
  return {
    mount: (target, source, options) =>
      attempt(target, () => {
        const packed = options.map((option) => `${option}\0`).join('') as ByteString
        return deviceOf(addon, addon.fuseMount(target, source, packed))
      }),
    mountByHelper: (program, args) =>
      attempt(undefined, () => {
        const { device, refusal } = addon.fuseMountByHelper(program, [...args])
        if (device === undefined) return { device: undefined, refusal: refusal ?? '' }
        return { device: deviceOf(addon, device), refusal: undefined }
      }),
    unmount: (target, lazy) => attempt(target, () => addon.unmount(target, lazy)),
    raiseOpenFiles: () => attempt(undefined, () => addon.raiseOpenFiles()),
  }
}

function deviceOf(addon: Addon, fd: number): FuseDevice {
  return {
    read: (buffer, timeout, other) => addon.fuseRead(fd, buffer, timeout, other),
    write: (buffer, length) => addon.fuseWrite(fd, buffer, length),
    notify: (messages) => addon.fuseNotify(fd, messages),
    openBacking: (file) => addon.fuseBackingOpen(fd, file),
    closeBacking: (id) => void addon.fuseBackingClose(fd, id),
    close: () => addon.close(fd),
  }
}

function attempt<T>(path: AbsPath | undefined, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw systemErrorFrom(error, path === undefined ? undefined : quoteName(path))
  }
}
