import type { ByteString } from '../../../paths/byte-string.js'
import type { Result } from './answers.js'
import { copyUp } from './copy-up.js'
import type { Core } from './core.js'
import { EXDEV } from './errno.js'
import { dirType, type LowerDir, type Node, type Place } from './node.js'
import { writeMark } from './read-marks.js'

/** Lets a node of the upper keep what it shows of the lowers when its name there is another one: 0, or why it cannot. */
export function prepareMove(core: Core, node: Node, newParent: Node): Result {
  if (node.type === dirType) return prepareDirectory(core, node, newParent)
  return node.metacopy ? redirectData(core, node) : 0
}

function prepareDirectory(core: Core, node: Node, newParent: Node): Result {
  const place = node.places[0] as Place
  const dir = core.fds.upper(place.parent)
  if (dir < 0) return dir
  const [lower] = node.lowers
  if (lower === undefined) {
    if (newParent.lowers.length === 0) return 0
    // Its whiteouts are read by the mark that would have to give way.
    return node.attributeWhiteouts ? EXDEV : writeMark(core, dir, place.name, 'opaque', 'y')
  }
  // One mark cannot say where in each of several lowers it lies.
  if (core.lowerRoots.length > 1) return EXDEV
  const mark = lower.parent === newParent.lowers[0] ? lower.name : absolutePath(lower)
  return writeMark(core, dir, place.name, 'redirect', mark) === 0 ? 0 : EXDEV
}

/** A file whose data is a lower's: by a mark, or else by having it copied. */
export function redirectData(core: Core, node: Node): Result {
  const place = node.places[0] as Place
  const dir = core.fds.upper(place.parent)
  if (dir < 0) return dir
  const { lowerDir } = node
  if (lowerDir !== undefined) {
    const above = lowerDir.parent === undefined ? '' : absolutePath(lowerDir)
    if (writeMark(core, dir, place.name, 'redirect', `${above}/${node.lowerName}`) === 0) return 0
  }
  return copyUp(core, node, 'data')
}

function absolutePath(dir: LowerDir): ByteString {
  const names: ByteString[] = []
  for (let at: LowerDir = dir; at.parent !== undefined; at = at.parent) names.push(at.name)
  return `/${names.reverse().join('/')}` as ByteString
}
