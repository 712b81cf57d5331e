import { readlinkSync } from 'node:fs'
import type { ByteString } from '../paths/byte-string.js'
import { bytesFromBuffer } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import type { Fd } from './file-ops.js'

/** For people: the path that a descriptor and a name mean right now, as far as /proc knows it. */
export function pathOf(dir: Fd | undefined, name: ByteString | undefined): string | undefined {
  const base = dir === undefined ? undefined : linkOf(dir)
  const path = base !== undefined && name !== undefined && name !== '' ? `${base}/${name}` : (name ?? base)
  return path === undefined ? undefined : quoteName(path as ByteString)
}

function linkOf(fd: Fd): ByteString | undefined {
  try {
    return bytesFromBuffer(readlinkSync(`/proc/self/fd/${fd}`, 'buffer'))
  } catch {
    // Only the wording of another error depends on it.
    return undefined
  }
}
