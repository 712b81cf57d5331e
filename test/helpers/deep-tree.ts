import type { RelPath } from '../../src/paths/byte-string.js'
import { bytes, type Scratch } from './scratch.js'

/** Makes a chain of directories `d/d/d…`; each level holds further directories of the given names too. */
export function deepTree(
  { ops, root }: Pick<Scratch, 'ops' | 'root'>,
  levels: number,
  siblings: readonly string[],
): void {
  let dir = ops.openDir(root, '' as RelPath)
  for (let level = 0; level < levels; level += 1) {
    for (const name of ['d', ...siblings]) ops.mkdir(dir, bytes(name), 0o755)
    const next = ops.openDir(dir, 'd' as RelPath)
    ops.close(dir)
    dir = next
  }
  ops.close(dir)
}
