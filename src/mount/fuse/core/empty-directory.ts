import type { LayerOps } from '../../../os/layer-ops.js'
import type { ByteString } from '../../../paths/byte-string.js'
import { dirType } from './node.js'

/**
 * Removes all that is in a directory of ours, as far as that goes. By a list of what is open, as a tree may be deeper than the stack; `dir` stays
 * open.
 */
export function emptyDirectory(ops: LayerOps, dir: number): void {
  for (const [name, type] of entriesOf(ops, dir)) {
    if (type !== dirType) ops.unlink(dir, name, false)
    else removeTree(ops, dir, name)
  }
}

/** A directory with all below it. What lies deep is moved up before it is removed, so that three directories are open at the most. */
export function removeTree(ops: LayerOps, dir: number, name: ByteString): void {
  if (ops.unlink(dir, name, true) === 0) return
  const top = ops.openDir(dir, name)
  if (top < 0) return
  let moved = 0
  for (let left = true; left; ) {
    left = false
    for (const [entry, type] of entriesOf(ops, top)) {
      if (type !== dirType) {
        ops.unlink(top, entry, false)
        continue
      }
      const below = ops.openDir(top, entry)
      if (below < 0) continue
      for (const [deeper, deeperType] of entriesOf(ops, below)) {
        if (deeperType !== dirType) ops.unlink(below, deeper, false)
        else if (ops.unlink(below, deeper, true) !== 0) {
          moved += 1
          if (ops.rename(below, deeper, top, `.moved-${moved}` as ByteString, 1) === 0) left = true
        }
      }
      ops.close(below)
      ops.unlink(top, entry, true)
    }
  }
  ops.close(top)
  ops.unlink(dir, name, true)
}

function entriesOf(ops: LayerOps, dir: number): [ByteString, number][] {
  const { names, types } = ops.names(dir)
  return names
    .split('/')
    .slice(0, -1)
    .map((name, index) => [name as ByteString, types[index] as number])
}
