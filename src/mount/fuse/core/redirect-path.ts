import type { ByteString } from '../../../paths/byte-string.js'

/** The components of a redirect mark; `undefined` for one that overlayfs never writes. */
export function redirectPath(mark: ByteString): readonly ByteString[] | undefined {
  const absolute = mark.startsWith('/')
  const parts = (absolute ? mark.slice(1) : mark).split('/') as ByteString[]
  if (!absolute && parts.length !== 1) return undefined
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))
  return plain ? parts : undefined
}
