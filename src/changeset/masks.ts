import type { ByteString, RelPath } from '../paths/byte-string.js'

/** One component on the way to a masked path; a walk keeps the node of its directory, so that no path is hashed. */
export interface MaskNode {
  /** This very path is masked. */
  masked: boolean
  readonly children: Map<ByteString, MaskNode>
}

/** The session's own directory in the project: never part of a session, whatever its masks say. */
export const sessionsDirectory: ByteString = '.openagentic' as ByteString

export function maskTree(masks: readonly RelPath[]): MaskNode {
  const root: MaskNode = { masked: false, children: new Map() }
  for (const mask of masks) {
    let node = root
    for (const name of mask.split('/') as ByteString[]) {
      const next = node.children.get(name) ?? { masked: false, children: new Map() }
      node.children.set(name, next)
      node = next
    }
    node.masked = true
  }
  return root
}
