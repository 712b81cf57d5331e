import type { FileHandle } from '../os/file-ops.js'

/** Both name one inode: same number and same generation. */
export function isSameHandle(a: FileHandle, b: FileHandle): boolean {
  return a.type === b.type && Buffer.compare(a.bytes, b.bytes) === 0
}
