import type { RelPath } from '../paths/byte-string.js'
import type { Fd, FileOps, SeenEntry } from './file-ops.js'
import { inParts } from './in-parts.js'

/** Entries that are looked at in one call. */
const mostAtOnce = 4096

/**
 * Looks at many entries below a root, some thousand in one native call. Cheapest where those of one directory come one after the other.
 * @param pathOf of an item
 * @param use is called with each item in turn; `undefined`: there is no such entry
 */
export function lookAtEach<T>(
  ops: FileOps,
  root: Fd,
  items: Iterable<T>,
  pathOf: (item: T) => RelPath,
  use: (item: T, now: SeenEntry | undefined) => void,
  options?: { readonly xattrs?: boolean },
): void {
  for (const part of inParts(items, mostAtOnce)) {
    const seen = ops.lookAt(root, part.map(pathOf), options)
    for (const [index, item] of part.entries()) use(item, seen[index])
  }
}
