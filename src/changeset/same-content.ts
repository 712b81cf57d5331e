import type { Fd, FileOps } from '../os/file-ops.js'
import type { Pace } from '../os/pace.js'
import { isErrno } from '../os/system-error.js'
import type { ByteString } from '../paths/byte-string.js'

/** A regular file, in an open directory. */
export interface FileAt {
  readonly dir: Fd
  readonly name: ByteString
}

/** Up to this many bytes a file is read in one call. */
const small = 64 * 1024

/** Bytes compared between two looks at the clock. */
const chunk = 1024 * 1024

/** Whether two files that both had `size` bytes hold the same. A file that moves meanwhile counts as different. Errors: `SystemError`. */
export async function sameContent(
  ops: FileOps,
  pace: Pace,
  left: FileAt,
  right: FileAt,
  size: number,
): Promise<boolean> {
  if (size === 0) return true
  return size <= small ? sameSmall(ops, left, right) : sameLarge(ops, pace, left, right)
}

function sameSmall(ops: FileOps, left: FileAt, right: FileAt): boolean {
  const one = readSmall(ops, left)
  const other = one === undefined ? undefined : readSmall(ops, right)
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0
}

/** `undefined`: it grew past what it was. */
function readSmall(ops: FileOps, file: FileAt): Uint8Array | undefined {
  try {
    return ops.readFile(file.dir, file.name, small)
  } catch (error) {
    if (isErrno(error, 'EFBIG')) return undefined
    throw error
  }
}

async function sameLarge(ops: FileOps, pace: Pace, left: FileAt, right: FileAt): Promise<boolean> {
  const one = ops.openFile(left.dir, left.name)
  try {
    const other = ops.openFile(right.dir, right.name)
    try {
      return await sameBytes(ops, pace, one, other)
    } finally {
      ops.close(other)
    }
  } finally {
    ops.close(one)
  }
}

async function sameBytes(ops: FileOps, pace: Pace, one: Fd, other: Fd): Promise<boolean> {
  const left = Buffer.allocUnsafe(chunk)
  const right = Buffer.allocUnsafe(chunk)
  for (let at = 0; ; ) {
    const length = ops.read(one, left, at)
    if (length !== ops.read(other, right, at)) return false
    if (length === 0) return true
    if (left.compare(right, 0, length, 0, length) !== 0) return false
    at += length
    const turn = pace.due()
    if (turn !== undefined) await turn
  }
}
