import type { Fd, FileOps } from '../os/file-ops.js'
import type { Pace } from '../os/pace.js'
import type { ByteString } from '../paths/byte-string.js'

/** A regular file, in an open directory. */
export interface FileAt {
  readonly dir: Fd
  readonly name: ByteString
}

/** Below this many bytes two files are compared in one call. */
const small = 1024 * 1024

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
  return size < small
    ? ops.sameContent(left.dir, left.name, right.dir, right.name)
    : await sameLarge(ops, pace, left, right)
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
