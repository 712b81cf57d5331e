import type { Result } from './answers.js'
import { copyUpAll } from './copy-up-entry.js'
import type { Core } from './core.js'
import { EROFS } from './errno.js'
import { type CopyUpKind, FileCopy } from './file-copy.js'
import { fileType, type Node } from './node.js'

/** Makes sure that a node is in the upper: 0, or why not. */
export function copyUp(core: Core, node: Node, kind: CopyUpKind): Result {
  if (!core.writable) return EROFS
  if (node.upper && (!node.metacopy || kind === 'attributes')) return 0
  if (node.type !== fileType) return copyUpAll(core, node)
  const copy = new FileCopy(core, node, kind)
  for (;;) {
    const state = copy.step(16 << 20)
    if (state !== 1) return state
  }
}
