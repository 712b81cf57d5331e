import type { Fd } from '../../../os/file-ops.js'
import { type MarkName, markName } from '../../../overlay-format/mark-names.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { Core } from './core.js'
import { ERANGE } from './errno.js'

/** Which marks an entry has, as text to search: '' for none, which one call tells. `undefined`: too many attributes to list. */
export function listedMarks(core: Core, dir: Fd, name: ByteString): string | undefined {
  const length = core.ops.listXattrs(dir, name, core.bytes)
  if (length === ERANGE) return undefined
  if (length <= 0) return ''
  const names = core.bytes.toString('latin1', 0, length)
  return names.includes(core.prefix) ? names : ''
}

/** The value of a mark, if it is among the listed ones. */
export function readMark(
  core: Core,
  dir: Fd,
  name: ByteString,
  mark: MarkName,
  listed: string | undefined,
): ByteString | undefined {
  const key = markName(core.family, mark)
  if (listed !== undefined && !listed.includes(`${key}\0`)) return undefined
  const length = core.ops.getXattr(dir, name, key, core.bytes)
  return length < 0 ? undefined : (core.bytes.toString('latin1', 0, length) as ByteString)
}

const empty = new Uint8Array(0)

/** 0, or why not. */
export function writeMark(core: Core, dir: Fd, name: ByteString, mark: MarkName, value: string): number {
  const bytes = value === '' ? empty : Buffer.from(value, 'latin1')
  return core.ops.setXattr(dir, name, markName(core.family, mark), bytes, 0)
}
