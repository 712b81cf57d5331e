import { OverlayError } from '../../errors/overlay-error.js'
import type { EntryType } from '../../os/entry-stat.js'

/** Version of the records below. Another one is not touched. */
export const journalVersion = 2

/** XXH64 of the bytes, 16 lower-case hex digits; of a text that of its UTF-8. */
export type Checksum = (content: Uint8Array | string) => string

export type IdentityRecord = [
  EntryType,
  mode: number,
  uid: number,
  gid: number,
  size: number,
  ino: string,
  mtimeNs: string,
]
export type ExpectedRecord = [IdentityRecord, subtree: string | null]
export type AttributesRecord = [
  EntryType,
  mode: number,
  uid: number,
  gid: number,
  atimeNs: string,
  mtimeNs: string,
  xattrs: [string, string][],
]
/** @throws OverlayError `JOURNAL_DAMAGED` */
export function parseJson(text: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(text).toString('utf8'))
  } catch (error) {
    throw damaged('a record is not JSON', error)
  }
}
export function isDamaged(error: unknown): boolean {
  return error instanceof OverlayError && error.code === 'JOURNAL_DAMAGED'
}

export function damaged(why: string, cause?: unknown): OverlayError {
  return new OverlayError('JOURNAL_DAMAGED', `Expected the journal of a commit, found that ${why}`, {
    hint: 'Nothing was changed. See docs/commit-protocol.md, "When the journal is damaged".',
    cause,
  })
}
