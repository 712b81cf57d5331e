import type { BytesOut, Handle, NodeId, OpenOut, RequestContext, Result, StatFsOut } from '../core/answers.js'
import { EIO } from '../core/errno.js'
import type { OverlayFs } from '../core/overlay-fs.js'
import type { Signal } from './binding.js'
import { makeTree, type Tree } from './tree.js'

interface OpenFile {
  readonly handle: Handle
  readonly node: NodeId
}

/** Open files by the number that libfuse has for each: above 0. */
export interface OpenFiles {
  add(handle: Handle, node: NodeId): number
  get(fd: number): OpenFile | undefined
  take(fd: number): OpenFile | undefined
  isOpen(node: NodeId): boolean
}

/** What handlers work with. Requests are answered one at a time, so each record serves all. */
export interface Host {
  readonly core: OverlayFs
  readonly tree: Tree
  readonly files: OpenFiles
  /** Nobody but the user who mounted is let in, so it is always the same. The umask has been applied. */
  readonly caller: RequestContext
  readonly open: OpenOut
  readonly text: BytesOut
  readonly statFs: StatFsOut
  /** EIO for what should not have happened, which is noted. */
  guard(call: () => Result): Result
  /** A handler of an operation that says nothing but its result. */
  answer<A extends readonly unknown[]>(call: (...args: A) => Result): (signal: Signal, ...args: A) => void
}

export function makeHost(core: OverlayFs, user: { uid: number; gid: number }, onFault: (error: unknown) => void): Host {
  const guard = (call: () => Result): Result => {
    try {
      return call()
    } catch (error) {
      onFault(error)
      return EIO
    }
  }
  return {
    core,
    tree: makeTree(core),
    files: openFiles(),
    caller: { ...user, pid: 0, umask: 0 },
    open: { fh: 0, keepCache: false },
    text: { bytes: new Uint8Array() },
    statFs: {
      blocks: 0,
      freeBlocks: 0,
      availableBlocks: 0,
      files: 0,
      freeFiles: 0,
      blockSize: 0,
      nameMax: 0,
      fragmentSize: 0,
    },
    guard,
    answer:
      (call) =>
      (signal, ...args) =>
        signal(
          Math.min(
            guard(() => call(...args)),
            0,
          ),
        ),
  }
}

function openFiles(): OpenFiles {
  const byFd = new Map<number, OpenFile>()
  return {
    add(handle, node) {
      const fd = handle + 1
      byFd.set(fd, { handle, node })
      return fd
    },
    get: (fd) => byFd.get(fd),
    take(fd) {
      const file = byFd.get(fd)
      byFd.delete(fd)
      return file
    },
    isOpen(node) {
      for (const file of byFd.values()) if (file.node === node) return true
      return false
    },
  }
}
