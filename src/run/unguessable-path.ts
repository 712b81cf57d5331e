import { randomBytes } from 'node:crypto'
import type { Fd } from '../os/file-ops.js'

/**
 * Writes `/proc/self/fd/<n>` in one of 2^128 ways that all mean the same, a run of `/` and `./` before it.
 *
 * wasmtime reports a failure on the standard error that the guest writes to as well, naming the module by the path it was
 * given. A guest cannot know this path, so it cannot make up a report that {@link reportSplitter} would take for wasmtime's.
 */
export function unguessablePrefix(): string {
  let prefix = '/'
  for (const byte of randomBytes(16)) {
    for (let bit = 0; bit < 8; bit += 1) prefix += ((byte >> bit) & 1) === 1 ? './' : '/'
  }
  return prefix
}

/** Descriptor `fd` of the process that opens the path. */
export function fdPath(fd: Fd, prefix = '/'): string {
  return `${prefix}proc/self/fd/${fd}`
}
