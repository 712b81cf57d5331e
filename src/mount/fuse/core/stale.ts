import type { ByteString } from '../../../paths/byte-string.js'
import type { Core } from './core.js'
import type { Node } from './node.js'

/**
 * What the kernel may not keep any longer. An answer may be on its way to it still: whoever waits for one holds the lock of the directory, so
 * the message about a name comes after it; what is said of an inode has to be preceded by `onSettle`.
 */
export function staleName(core: Core, parent: Node, name: ByteString): void {
  core.options.onStale?.(parent.id, name)
}

/** Attributes and content; of a directory also its listing. */
export function staleInode(core: Core, node: Node): void {
  const { onSettle, onChanged } = core.options
  for (const place of node.places) onSettle?.(place.parent.id)
  if (node.children !== undefined) onSettle?.(node.id)
  onChanged?.(node.id)
}

/**
 * All that is known below a directory, as it is merged with others now or is no more where it was. Missing names are not known: they go with their
 * directory's own name, once nobody waits for an answer about one. By a list, as a tree may be deeper than the stack.
 */
export function staleBelow(core: Core, top: Node): void {
  const dirs = [top]
  for (let at = 0; at < dirs.length; at += 1) {
    const node = dirs[at] as Node
    core.options.onSettle?.(node.id)
    for (const child of node.children?.values() ?? []) if (child.children !== undefined) dirs.push(child)
  }
  for (const node of dirs) {
    if (node !== top) for (const dir of node.lowers) core.watches.release(dir)
    for (const [name, child] of node.children ?? []) {
      child.kept = false
      staleName(core, node, name)
      staleInode(core, child)
    }
  }
}

/** Events were lost: nothing is known to be true. */
export function staleAll(core: Core): void {
  for (const node of core.nodes.values()) if (node.children !== undefined) core.options.onSettle?.(node.id)
  for (const name of core.rootMissing) staleName(core, core.root, name)
  core.rootMissing.clear()
  for (const node of core.nodes.values()) {
    for (const { parent, name } of node.places) staleName(core, parent, name)
    staleInode(core, node)
  }
}
