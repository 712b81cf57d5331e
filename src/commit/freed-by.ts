import type { Fd, FileOps } from '../os/file-ops.js'
import { walk } from '../os/walk.js'

const blockSize = 512

/** Bytes of disk that come free when a directory goes: a file that has names elsewhere frees none, and neither does what its owner cannot list. */
export function freedBy(ops: FileOps, dir: Fd): number {
  const names = new Map<bigint, number>()
  let blocks = 0
  for (const { entry } of walk(ops, dir, { enter: (_path, { stat }) => (stat.mode & 0o500) === 0o500 })) {
    const { type, ino, nlink } = entry.stat
    if (type === 'dir' || nlink === 1) {
      blocks += entry.stat.blocks
      continue
    }
    const seen = (names.get(ino) ?? 0) + 1
    names.set(ino, seen)
    if (seen === nlink) blocks += entry.stat.blocks
  }
  return blocks * blockSize
}
