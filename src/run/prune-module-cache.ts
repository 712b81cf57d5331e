import type { FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import { removeEntry } from './cache-entry.js'

export interface PrunedModules {
  readonly entries: number
  readonly bytes: number
}

const entryName = /^(?:[0-9a-f]{64}|staging-[0-9a-f-]+)$/

/**
 * Removes compiled modules that were made before `beforeNs` (nanoseconds since 1970), with what crashes left behind. A module
 * that is running keeps its file; one that is run again is compiled again. No cache directory: nothing to do.
 */
export function pruneModuleCache(ops: FileOps, path: AbsPath, beforeNs: bigint): PrunedModules {
  const cache = openIfAny(ops, path)
  if (cache === undefined) return { entries: 0, bytes: 0 }
  let entries = 0
  let bytes = 0
  try {
    for (const { name, stat } of ops.scanDir(cache)) {
      // Locks are empty and may be held: they stay, as does whatever is not the cache's.
      if (!entryName.test(name) || stat.type !== 'dir' || stat.ctimeNs >= beforeNs) continue
      bytes += sizeOf(ops, cache, name as RelPath)
      removeEntry(ops, cache, name)
      entries += 1
    }
  } finally {
    ops.close(cache)
  }
  return { entries, bytes }
}

function sizeOf(ops: FileOps, cache: number, name: RelPath): number {
  const dir = ops.openDir(cache, name)
  try {
    return ops.scanDir(dir).reduce((sum, { stat }) => sum + stat.blocks * 512, 0)
  } finally {
    ops.close(dir)
  }
}

function openIfAny(ops: FileOps, path: AbsPath): number | undefined {
  try {
    return ops.openRoot(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
