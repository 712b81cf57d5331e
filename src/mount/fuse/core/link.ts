import type { ByteString } from '../../../paths/byte-string.js'
import type { EntryOut, NodeId, Result } from './answers.js'
import { copyUp } from './copy-up.js'
import type { Core } from './core.js'
import { ENOENT, EPERM, ESTALE } from './errno.js'
import { addPlace, answer, noteLink, statNode } from './look-up.js'
import { parentForNew } from './make.js'
import { dirType, type Node } from './node.js'
import { redirectData } from './redirect.js'
import { upperHas } from './whiteout.js'

export function link(core: Core, id: NodeId, parentId: NodeId, name: ByteString, out: EntryOut): Result {
  const node = core.nodes.get(id)
  if (node === undefined) return ESTALE
  const parent = parentForNew(core, parentId, name)
  if (typeof parent === 'number') return parent
  if (node.type === dirType) return EPERM
  let failed = node.removed ? ENOENT : copyUp(core, node, 'attributes')
  if (failed === 0 && node.metacopy) failed = redirectData(core, node)
  if (failed === 0) failed = addName(core, node, parent, name)
  if (failed !== 0) return failed
  addPlace(node, parent, name)
  failed = statNode(core, node, core.row)
  if (failed !== 0) return failed
  noteLink(core, node, core.row)
  core.found.sure = true
  return answer(core, node, out)
}

function addName(core: Core, node: Node, parent: Node, name: ByteString): Result {
  const { ops, work } = core
  const [place] = node.places
  if (place === undefined) return ENOENT
  const [from, to] = [core.fds.upper(place.parent), core.fds.upper(parent)]
  if (from < 0 || to < 0) return Math.min(from, to)
  const covered = upperHas(core, parent, name)
  if (covered !== 1) return covered < 0 ? covered : ops.link(from, place.name, to, name)
  const temporary = core.temporary()
  let failed = ops.link(from, place.name, work, temporary)
  if (failed !== 0) return failed
  failed = ops.rename(work, temporary, to, name, 0)
  if (failed !== 0) ops.unlink(work, temporary, false)
  return failed
}
