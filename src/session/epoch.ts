import type { Fd, FileOps } from '../os/file-ops.js'
import type { Machine } from '../os/machine.js'
import { bytesFromText } from '../paths/bytes.js'

/** The moment a session began, by the clock that stamps the project's own files (design: "Has the base changed?"). */
export interface Epoch {
  /** An entry of the project whose ctime is before it has not changed since. Nanoseconds since 1970. */
  readonly ctimeNs: bigint
  /** The clocks at that moment, to notice later that one was set back. */
  readonly realtimeNs: bigint
  readonly boottimeNs: bigint
  readonly bootId: string
  /** The file system keeps a ctime that can be relied upon; else the project is fingerprinted as a whole. */
  readonly ctimeTrusted: boolean
}

/** Magic numbers (linux/magic.h) of the file systems that stamp each change with a ctime from this machine's clock. */
const trustedMagics: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0xca451a4e, // bcachefs
  0x794c7630, // overlayfs
])

/** Where no file can be stamped, files bear times of the coarse clock, which lags by one tick (10 ms at 100 Hz). */
const coarseLagNs = 20_000_000n

/**
 * Takes the epoch. `scratch` is a directory in the project's file system to stamp a file in; without one (a project
 * that cannot be written) the clock itself is read, and set back by more than it can lag.
 */
export function takeEpoch(ops: FileOps, machine: Machine, project: Fd, scratch: Fd | undefined): Epoch {
  const ctimeTrusted = trustedMagics.has(ops.statFs(project).magic)
  const stamped = scratch === undefined ? undefined : stampFile(ops, scratch)
  const realtimeNs = machine.realtimeNs()
  return {
    ctimeNs: stamped ?? realtimeNs - coarseLagNs,
    realtimeNs,
    boottimeNs: machine.boottimeNs(),
    bootId: machine.bootId(),
    ctimeTrusted,
  }
}

function stampFile(ops: FileOps, scratch: Fd): bigint {
  const name = bytesFromText('epoch')
  const fd = ops.createFile(scratch, name, 0o600)
  try {
    return ops.statFd(fd).ctimeNs
  } finally {
    ops.close(fd)
    ops.unlink(scratch, name)
  }
}
