import type { ByteString } from '../../../paths/byte-string.js'
import type { Core } from './core.js'
import { ESTALE } from './errno.js'
import { dirType, type LowerDir, type Node } from './node.js'

/** Where a lower has what is to be copied, with its directory open. */
export interface Source {
  readonly dir: number
  readonly name: ByteString
  readonly above: LowerDir
}

export function sourceOf(core: Core, node: Node): Source | number {
  const above = node.type === dirType ? node.lowers[0]?.parent : node.lowerDir
  const name = node.type === dirType ? node.lowers[0]?.name : node.lowerName
  if (above === undefined || name === undefined) return ESTALE
  const dir = core.fds.lower(above)
  return dir < 0 ? dir : { dir, name, above }
}
