import type { RelPath } from '../paths/byte-string.js'
import type { ContentHasher } from './content-hash.js'
import type { Fingerprint } from './fingerprint.js'
import { formatFact, parseFactLine } from './ledger-format.js'

/** Name of the file in a session's record. See docs/on-disk-format.md, "Touched". */
export const touchedName = 'touched'

/** What an entry of the project was like as the session first changed it. */
export interface Touch {
  readonly path: RelPath
  readonly base: Fingerprint
  /** The session had a copy of the entry's attributes before, and got the content only now. */
  readonly contentOnly: boolean
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

/** One line: a checksum of what follows it, a space or `+` for {@link Touch.contentOnly}, and a line of the ledger. */
export function formatTouch(hasher: Pick<ContentHasher, 'hashBytes'>, { path, base, contentOnly }: Touch): string {
  const text = `${contentOnly ? '+' : ' '}${formatFact({ path, base })}`
  return hasher.hashBytes(text) + text
}

const checksumSize = 16

/** `line`: with its end. `undefined`: damaged. */
export function parseTouch(hasher: Pick<ContentHasher, 'hashBytes'>, line: string): Touch | undefined {
  const text = line.slice(checksumSize)
  if (hasher.hashBytes(text) !== line.slice(0, checksumSize)) return undefined
  const fact = parseFactLine(text.slice(1))
  if (fact === undefined || !('base' in fact) || fact.base === 'absent') return undefined
  return { path: fact.path, base: fact.base, contentOnly: text.startsWith('+') }
}
