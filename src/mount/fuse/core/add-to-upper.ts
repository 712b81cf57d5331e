import type { ByteString } from '../../../paths/byte-string.js'
import type { Result } from './answers.js'
import { setTimesOf } from './copy-attributes.js'
import type { Core } from './core.js'
import { dirType, type Node, type Place } from './node.js'
import { writeMark } from './read-marks.js'

/** What lies in the work directory takes the node's place in the upper. */
export function addTo(core: Core, node: Node, temporary: ByteString): Result {
  const place = node.places[0] as Place
  const dir = core.fds.upper(place.parent)
  if (dir < 0) return dir
  const failed = keepingTimes(core, place.parent, dir, () => core.ops.rename(core.work, temporary, dir, place.name, 1))
  if (failed === 0) node.upper = true
  if (failed === 0 && node.type === dirType) core.fds.close(node)
  return failed
}

/** What adding to a directory of the upper by a copy-up leaves as it was: the times of merged's directory. */
function keepingTimes(core: Core, parent: Node, dir: number, add: () => Result): Result {
  const { ops, other } = core
  const known = ops.stat(dir, '' as ByteString, other)
  const failed = add()
  if (failed !== 0) return failed
  if (!parent.impure) {
    writeMark(core, dir, '' as ByteString, 'impure', 'y')
    parent.impure = true
  }
  if (known === 0) setTimesOf(core, dir, '' as ByteString, other)
  return 0
}
