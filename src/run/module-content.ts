import type { Fd, FileOps } from '../os/file-ops.js'
import { nodeCrypto } from '../os/node-crypto.js'

/** Where a module's bytes are: in an open file, or in memory. */
export type ModuleContent = { readonly fd: Fd } | { readonly bytes: Uint8Array }

const pieceBytes = 1024 * 1024

/** Reads up to `buffer.length` bytes at `position`; 0 at the end. */
export function readContent(ops: FileOps, content: ModuleContent, buffer: Uint8Array, position: number): number {
  if ('fd' in content) return ops.read(content.fd, buffer, position)
  const piece = content.bytes.subarray(position, position + buffer.length)
  buffer.set(piece)
  return piece.length
}

/** SHA-256 of all of it, in hexadecimal. */
export function contentHash(ops: FileOps, content: ModuleContent): string {
  const hash = nodeCrypto().createHash('sha256')
  if ('bytes' in content) return hash.update(content.bytes).digest('hex')
  const buffer = new Uint8Array(Math.min(pieceBytes, ops.statFd(content.fd).size + 1))
  for (let at = 0; ; ) {
    const length = ops.read(content.fd, buffer, at)
    if (length === 0) return hash.digest('hex')
    hash.update(buffer.subarray(0, length))
    at += length
  }
}
