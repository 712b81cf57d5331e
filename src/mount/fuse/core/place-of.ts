import type { Fd } from '../../../os/file-ops.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { Core } from './core.js'
import { ESTALE } from './errno.js'
import type { Node } from './node.js'

/** An entry of a layer, in an open directory; an empty name is what the descriptor is open on. */
export interface SomePlace {
  readonly dir: Fd
  readonly name: ByteString
}

/** Where the attributes of a node are: in the upper, in a lower, or, without a name, where it is open; or an errno. */
export function placeOf(core: Core, node: Node): SomePlace | number {
  const own = '' as ByteString
  if (node.children !== undefined) {
    const [lower] = node.lowers
    const dir = node.upper ? core.fds.upper(node) : lower === undefined ? ESTALE : core.fds.lower(lower)
    return dir < 0 ? dir : { dir, name: own }
  }
  const [place] = node.places
  if (place === undefined) {
    for (const file of node.files ?? []) return { dir: file.fd, name: own }
    return ESTALE
  }
  if (node.upper) {
    const dir = core.fds.upper(place.parent)
    return dir < 0 ? dir : { dir, name: place.name }
  }
  if (node.lowerDir === undefined) return ESTALE
  const dir = core.fds.lower(node.lowerDir)
  return dir < 0 ? dir : { dir, name: node.lowerName }
}
