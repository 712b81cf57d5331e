import type { StatRow } from '../../../os/stat-row.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { Core } from './core.js'
import { EINVAL, EIO, ENAMETOOLONG, ENOENT, ENOTDIR, EOPNOTSUPP, EXDEV } from './errno.js'
import { charType, dirType, fileType, LowerDir, type Node } from './node.js'
import { originIno } from './origin-ino.js'
import { listedMarks, readMark } from './read-marks.js'
import { redirectPath } from './redirect-path.js'

/** 0, or the errno of what is no name of an entry. */
export function checkName(name: ByteString): number {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return EINVAL
  return name.length > 255 ? ENAMETOOLONG : 0
}

export function isWhiteout(row: StatRow): boolean {
  return row.type === charType && row.rdevMajor === 0 && row.rdevMinor === 0
}

/**
 * What `name` means in `parent`: in `core.found` and `core.row`. ENOENT: nothing, and `found.sure` says whether it stays so. `known` is the
 * node that had the name, whose lower directories are kept where they are still the same.
 */
export function resolve(core: Core, parent: Node, name: ByteString, known: Node | undefined): number {
  const { found, row } = core
  found.type = 0
  found.upper = false
  found.metacopy = false
  found.attributeWhiteouts = false
  found.impure = false
  found.lowerDir = undefined
  found.lowers = []
  found.sure = parent.lowers.length === 0
  found.redirected = false
  found.kept = false
  if (parent.removed) return ENOENT
  let redirect: ByteString | undefined
  if (parent.upper) {
    const dir = core.fds.upper(parent)
    if (dir < 0) return dir
    const failed = core.ops.stat(dir, name, row)
    if (failed === 0) {
      if (isWhiteout(row)) return gone(core)
      found.type = row.type
      found.upper = true
      found.inoLow = row.inoLow
      found.inoHigh = row.inoHigh
      const listed = listedMarks(core, dir, name)
      if (listed !== '') {
        if (parent.attributeWhiteouts && isAttributeWhiteout(core, dir, name, listed)) return gone(core)
        if (readUpperMarks(core, dir, name, listed) && found.type === dirType) return 0
        redirect = readMark(core, dir, name, 'redirect', listed)
      }
      found.sure = found.type !== dirType || parent.lowers.length === 0
      if (found.type !== dirType && !found.metacopy) return 0
    } else if (failed !== ENOENT) return failed
  }
  if (parent.lowers.length === 0 && redirect === undefined) {
    return found.type === 0 ? ENOENT : found.metacopy ? EIO : 0
  }
  const failed = resolveBelow(core, parent, name, redirect, known)
  if (failed !== 0) return failed
  if (found.type === 0) return ENOENT
  return found.metacopy && found.lowerDir === undefined ? EIO : 0
}

function gone(core: Core): number {
  core.found.type = 0
  core.found.upper = false
  core.found.sure = true
  return ENOENT
}

function isAttributeWhiteout(core: Core, dir: number, name: ByteString, listed: string | undefined): boolean {
  const { row } = core
  return row.type === fileType && row.size === 0 && readMark(core, dir, name, 'whiteout', listed) !== undefined
}

/** Whether the lowers have no part in it. */
function readUpperMarks(core: Core, dir: number, name: ByteString, listed: string | undefined): boolean {
  const { found, row } = core
  if (found.type === dirType) {
    const opaque = readMark(core, dir, name, 'opaque', listed)
    found.attributeWhiteouts = opaque === 'x'
    found.impure = readMark(core, dir, name, 'impure', listed) !== undefined
    originIno(core, dir, name, listed)
    return opaque === 'y'
  }
  if (found.type === fileType) found.metacopy = readMark(core, dir, name, 'metacopy', listed) !== undefined
  if (row.nlink === 1) originIno(core, dir, name, listed)
  return !found.metacopy
}

/** Goes down the lowers; the first that has the entry gives the attributes, unless the upper did. */
function resolveBelow(
  core: Core,
  parent: Node,
  name: ByteString,
  redirect: ByteString | undefined,
  known: Node | undefined,
): number {
  const { found } = core
  let path: readonly ByteString[] | undefined
  let last = name
  if (redirect !== undefined) {
    found.redirected = true
    const parts = redirectPath(redirect)
    if (parts === undefined) return EIO
    last = parts.at(-1) as ByteString
    path = redirect.startsWith('/') ? parts : undefined
  }
  for (let layer = 0; layer < core.lowerRoots.length; layer += 1) {
    const above = path === undefined ? inLayer(parent.lowers, layer) : walk(core, layer, path)
    if (above === undefined) continue
    const dir = core.fds.lower(above)
    if (dir === ENOENT || dir === ENOTDIR) continue
    if (dir < 0) return dir
    const row = found.type === 0 ? core.row : core.other
    const failed = core.ops.stat(dir, last, row)
    if (failed === ENOENT || failed === ENOTDIR) continue
    if (failed !== 0) return failed
    if (row.mountId !== core.mounts[layer]) return EXDEV
    if (isWhiteout(row)) return 0
    if (!take(core, above, last, row, known)) return 0
    if (layer + 1 === core.lowerRoots.length) return 0
    const listed = listedMarks(core, dir, last)
    if (listed === '') {
      if (found.type === dirType) continue
      return 0
    }
    if (found.type !== dirType) return readMark(core, dir, last, 'metacopy', listed) === undefined ? 0 : EOPNOTSUPP
    if (readMark(core, dir, last, 'opaque', listed) === 'y') return 0
    const next = readMark(core, dir, last, 'redirect', listed)
    if (next !== undefined) {
      found.redirected = true
      const parts = redirectPath(next)
      if (parts === undefined) return EIO
      last = parts.at(-1) as ByteString
      path = next.startsWith('/') ? parts : undefined
    }
  }
  return 0
}

/** Whether lower layers may have a part in the entry still. */
function take(core: Core, above: LowerDir, name: ByteString, row: StatRow, known: Node | undefined): boolean {
  const { found } = core
  if (found.type === 0) {
    found.type = row.type
    found.inoLow = row.inoLow
    found.inoHigh = (row.inoHigh | ((core.lowerTags[above.layer] as number) << 24)) >>> 0
  } else if ((found.type === dirType) !== (row.type === dirType)) return false
  if (found.type === dirType) {
    found.lowers.push(sameOrNew(above, name, row, known))
    return true
  }
  // The data of a metacopy file is that of the next below; what is no file has none.
  if (row.type !== fileType && found.metacopy) return false
  found.lowerDir = above
  found.lowerName = name
  return found.type === fileType
}

function inLayer(dirs: readonly LowerDir[], layer: number): LowerDir | undefined {
  for (const dir of dirs) if (dir.layer === layer) return dir
  return undefined
}

function sameOrNew(above: LowerDir, name: ByteString, row: StatRow, known: Node | undefined): LowerDir {
  const old = known === undefined ? undefined : inLayer(known.lowers, above.layer)
  const same = old?.isAt(row) === true && old.name === name && old.parent !== undefined && isSame(old.parent, above)
  return same ? old : new LowerDir(above.layer, above, name, row)
}

function isSame(one: LowerDir, other: LowerDir): boolean {
  if (one === other) return true
  if (one.layer !== other.layer || one.name !== other.name) return false
  if (one.inoLow !== other.inoLow || one.inoHigh !== other.inoHigh || one.birth !== other.birth) return false
  return one.parent !== undefined && other.parent !== undefined && isSame(one.parent, other.parent)
}

/** The directory above the last of the parts, from the layer's root. What is in the way, or not there, is the same as nothing. */
function walk(core: Core, layer: number, parts: readonly ByteString[]): LowerDir | undefined {
  let at = core.lowerRoots[layer] as LowerDir
  for (const part of parts.slice(0, -1)) {
    const dir = core.fds.lower(at)
    if (dir < 0 || core.ops.stat(dir, part, core.other) !== 0 || core.other.type !== dirType) return undefined
    at = new LowerDir(layer, at, part, core.other)
  }
  return at
}
