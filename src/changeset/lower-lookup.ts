import { isPathGone } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import { type LayerEntry, probe } from './layer-entry.js'
import type { Scan } from './scan.js'

/**
 * Looks a project path up from the project's root, as overlayfs follows a redirect: no link on the way, and a missing or
 * wrong directory is the same as no entry. The entry is good while `use` runs. Errors: `SystemError`.
 */
export function findLower<T>(scan: Scan, path: RelPath, use: (entry: LayerEntry | undefined) => T): T {
  const { ops, lower } = scan.input
  const dir = openParent()
  if (dir === undefined) return use(undefined)
  try {
    return use(probe(ops, dir, nameOf(path)))
  } finally {
    ops.close(dir)
  }

  function openParent(): number | undefined {
    try {
      return ops.openDir(lower, parentOf(path))
    } catch (error) {
      if (isPathGone(error)) return undefined
      throw error
    }
  }
}
