import type { DataRange, Fd, FileOps } from '../os/file-ops.js'
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

/** Compares what is data in either file; what is a hole in both holds the same. */
async function sameBytes(ops: FileOps, pace: Pace, one: Fd, other: Fd): Promise<boolean> {
  const { size } = ops.statFd(one)
  if (size !== ops.statFd(other).size) return false
  const left = Buffer.allocUnsafe(chunk)
  const right = Buffer.allocUnsafe(chunk)
  for (let range = firstData(ops, one, other, 0); range !== undefined; range = firstData(ops, one, other, range.end)) {
    for (let at = range.start; at < Math.min(range.end, size); ) {
      const wanted = Math.min(chunk, range.end - at)
      const length = ops.read(one, left.subarray(0, wanted), at)
      if (length === 0 || length !== ops.read(other, right.subarray(0, wanted), at)) return false
      if (left.compare(right, 0, length, 0, length) !== 0) return false
      at += length
      const turn = pace.due()
      if (turn !== undefined) await turn
    }
  }
  return true
}

/** The range of data that begins first. */
function firstData(ops: FileOps, one: Fd, other: Fd, at: number): DataRange | undefined {
  const [mine, theirs] = [ops.nextData(one, at), ops.nextData(other, at)]
  return mine !== undefined && (theirs === undefined || mine.start <= theirs.start) ? mine : theirs
}
