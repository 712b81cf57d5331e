import type { RelPath } from '../paths/byte-string.js'
import type { ContentHasher } from './content-hash.js'
import type { Fingerprint } from './fingerprint.js'
import { formatFact, parseFactLine } from './ledger-format.js'

/** Name of the file in a session's record. See docs/on-disk-format.md, "Touched". */
export const touchedName = 'touched'

/** Name of the file beside it with content, one after the other. */
export const touchedTextName = 'touched.text'

/** Bytes: what is hashed as it is copied, and kept if it is text. A larger file is known by its inode and its times, and hashed when somebody looks. */
export const mostTouchedText: number = 256 * 1024 - 1

/** What an entry of the project was like as the session first changed it. */
export interface Touch {
  readonly path: RelPath
  readonly base: Fingerprint
  /** The session had a copy of the entry's attributes before, and got the content only now. */
  readonly contentOnly: boolean
  /** Where the file of content has all of it; its length is the entry's size, and its checksum the entry's digest. */
  readonly textAt: number | undefined
}

/** Bytes of the first line. */
export const touchedHeaderSize = 24

/** `read`: how many bytes of the file, this line among them, are in the ledger. */
export function formatTouchedHeader(read: number): string {
  return `touched1 ${read.toString().padStart(14, '0')}\n`
}

/** `undefined`: not one of ours. */
export function parseTouchedHeader(line: string): number | undefined {
  const read = /^touched1 (\d{14})\n$/.exec(line)?.[1]
  return read === undefined ? undefined : Number(read)
}

/** One line: a checksum of what follows it, a space or `+` for {@link Touch.contentOnly}, {@link Touch.textAt} if there is one, and a line of the ledger. */
export function formatTouch(hasher: Pick<ContentHasher, 'hashBytes'>, touch: Touch): string {
  const { path, base, contentOnly, textAt = '' } = touch
  const text = `${contentOnly ? '+' : ' '}${textAt}${formatFact({ path, base })}`
  return hasher.hashBytes(text) + text
}

const checksumSize = 16

/** `line`: with its end. `undefined`: damaged. */
export function parseTouch(hasher: Pick<ContentHasher, 'hashBytes'>, line: string): Touch | undefined {
  const text = line.slice(checksumSize)
  if (hasher.hashBytes(text) !== line.slice(0, checksumSize)) return undefined
  const factAt = text.indexOf('[')
  const fact = parseFactLine(text.slice(factAt))
  if (fact === undefined || !('base' in fact) || fact.base === 'absent') return undefined
  const textAt = factAt > 1 ? Number(text.slice(1, factAt)) : undefined
  return { path: fact.path, base: fact.base, contentOnly: text.startsWith('+'), textAt }
}
