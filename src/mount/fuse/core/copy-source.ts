import type { ByteString, RelPath } from '../../../paths/byte-string.js'
import type { Result } from './answers.js'
import type { Core } from './core.js'
import { EIO, ESTALE } from './errno.js'
import { dirType, type Node } from './node.js'

/** Where a lower has what is to be copied, with its directory open. */
export interface Source {
  readonly dir: number
  readonly name: ByteString
  readonly layer: number
}

export function sourceOf(core: Core, node: Node): Source | number {
  const above = node.type === dirType ? node.lowers[0]?.parent : node.lowerDir
  const name = node.type === dirType ? node.lowers[0]?.name : node.lowerName
  if (above === undefined || name === undefined) return ESTALE
  const dir = core.fds.lower(above)
  return dir < 0 ? dir : { dir, name, layer: above.layer }
}

/** Tells of a copy-up before it; the stat is in `core.other`. */
export function announce(core: Core, node: Node, source: Source): Result {
  const tell = core.options.onCopyUp
  if (tell === undefined) return 0
  try {
    tell(pathOf(node), { ...source, stat: core.other.decode() })
    return 0
  } catch {
    return EIO
  }
}

function pathOf(node: Node): RelPath {
  const names: ByteString[] = []
  for (let place = node.places[0]; place !== undefined; place = place.parent.places[0]) names.push(place.name)
  return names.reverse().join('/') as RelPath
}
