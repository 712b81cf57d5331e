import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import { bytesFromText } from '../paths/bytes.js'
import { absPath } from '../paths/rel-path.js'

/** What /proc says of this process and its kernel, as far as it bears upon mounting. */
export interface ProcessFacts {
  /** Effective user and group id. */
  readonly uid: number
  readonly gid: number
  readonly capSysAdmin: boolean
  /** User ids map one to one: this is the initial user namespace, or as good as. */
  readonly initialUserNamespace: boolean
  /** A seccomp filter is in force, as in most containers. */
  readonly seccomp: boolean
}

/** Bit of CAP_SYS_ADMIN (linux/capability.h). */
const sysAdmin = 21n

const pieceSize = 1 << 13

/** Reads the facts of this process. */
export function readProcessFacts(ops: FileOps): ProcessFacts {
  const status = readSmallFile(ops, '/proc/self', 'status') ?? ''
  const map = readSmallFile(ops, '/proc/self', 'uid_map') ?? ''
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? ''
  const capabilities = BigInt(`0x${field('CapEff') || '0'}`)
  return {
    uid: Number(field('Uid').split(/\s+/)[1] ?? 0),
    gid: Number(field('Gid').split(/\s+/)[1] ?? 0),
    capSysAdmin: ((capabilities >> sysAdmin) & 1n) === 1n,
    initialUserNamespace: /^\s*0\s+0\s+4294967295\s*$/.test(map),
    seccomp: field('Seccomp') === '2',
  }
}

export function hasInitialSysAdmin(facts: ProcessFacts): boolean {
  return facts.capSysAdmin && facts.initialUserNamespace
}

/** A small text file of /proc or /sys; `undefined` when it is not there or may not be read. */
export function readSmallFile(ops: FileOps, dir: string, name: string): string | undefined {
  try {
    const parent = ops.openRoot(absPath(dir))
    try {
      return readThrough(ops, ops.openFile(parent, bytesFromText(name)))
    } finally {
      ops.close(parent)
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'EACCES')) return undefined
    throw error
  }
}

/** In large pieces: a file of /proc/sys answers the first read alone, and its size is 0. */
function readThrough(ops: FileOps, fd: Fd): string {
  try {
    const pieces: Buffer[] = []
    const piece = Buffer.alloc(pieceSize)
    for (let position = 0; ; ) {
      const length = ops.read(fd, piece, position)
      if (length === 0) return Buffer.concat(pieces).toString('utf8')
      pieces.push(Buffer.from(piece.subarray(0, length)))
      position += length
    }
  } finally {
    ops.close(fd)
  }
}
