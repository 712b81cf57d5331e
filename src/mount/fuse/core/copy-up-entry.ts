import type { ByteString } from '../../../paths/byte-string.js'
import { addTo } from './add-to-upper.js'
import type { Result } from './answers.js'
import { copyAttributes } from './copy-attributes.js'
import { type Source, sourceOf } from './copy-source.js'
import type { Core } from './core.js'
import { ENOENT, ESTALE } from './errno.js'
import { dirType, linkType, type Node, type Place } from './node.js'
import { lookingAt, tellCopied } from './touch.js'

/** The directories above a place, from the top. */
export function copyUpAbove(core: Core, place: Place): Result {
  return place.parent.upper ? 0 : copyUpAll(core, place.parent)
}

/** Anything but a regular file, after the directories above it. */
export function copyUpAll(core: Core, node: Node): Result {
  const missing: Node[] = []
  for (let at: Node | undefined = node; at !== undefined && !at.upper; at = at.places[0]?.parent) {
    if (at.removed) return ENOENT
    missing.push(at)
  }
  for (let at = missing.pop(); at !== undefined; at = missing.pop()) {
    const failed = copyUpOne(core, at)
    if (failed !== 0) return failed
  }
  return 0
}

function copyUpOne(core: Core, node: Node): Result {
  const source = sourceOf(core, node)
  if (typeof source === 'number') return source
  const { ops, work, other } = core
  const lookedAt = lookingAt()
  let failed = ops.stat(source.dir, source.name, other)
  if (failed !== 0) return failed
  if (other.type !== node.type) return ESTALE
  const temporary = core.temporary()
  failed = make(core, node, source, temporary)
  if (failed !== 0) return failed
  tellCopied(core, source, other, lookedAt, 'all')
  failed = copyAttributes(core, source, { dir: work, name: temporary }, other)
  if (failed === 0) failed = addTo(core, node, temporary)
  if (failed !== 0) ops.unlink(work, temporary, node.type === dirType)
  return failed
}

function make(core: Core, node: Node, source: Source, temporary: ByteString): Result {
  const { ops, work, other } = core
  if (node.type === dirType) return ops.mkdir(work, temporary, 0o700)
  if (node.type !== linkType) {
    return ops.mknod(work, temporary, node.type * 4096 + 0o600, other.rdevMajor, other.rdevMinor)
  }
  const length = ops.readLink(source.dir, source.name, core.bytes)
  if (length < 0) return length
  return ops.symlink(core.bytes.toString('latin1', 0, length) as ByteString, work, temporary)
}
