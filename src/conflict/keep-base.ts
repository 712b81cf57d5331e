import type { SeenContent } from '../fingerprint/content-hash.js'
import type { Fingerprint } from '../fingerprint/fingerprint.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd } from '../os/file-ops.js'
import type { RelPath } from '../paths/byte-string.js'
import type { Evidence } from './evidence.js'

/** Keeps content from the very read that the fingerprint is taken by. */
export interface Capture {
  readonly seen: SeenContent
  /** To be called before another file is read. */
  keep(taken: Fingerprint): void
}

/** `undefined` where nothing of the file would be kept. */
export function captureBase(evidence: Evidence, path: RelPath, { type, size }: EntryStat): Capture | undefined {
  const { kept } = evidence
  if (type !== 'file' || !kept.takes(size)) return undefined
  let content: Uint8Array | undefined
  return {
    seen: (piece) => {
      content = piece
    },
    keep: ({ hash }) => {
      if (hash !== undefined) kept.keep(hash, size, { bytes: content, open: () => openBase(evidence, path) })
    },
  }
}

/**
 * Keeps the content of a file that is proven to be what the session built upon, if the ledger knew it already and nothing was kept then: it
 * was in a directory that the session removed, or the whole project was fingerprinted.
 */
export function keepKnownBase(evidence: Evidence, path: RelPath, stat: EntryStat): void {
  const { kept, ledger, hasher, base, signal } = evidence
  const known = ledger.base(path)
  if (stat.type !== 'file' || known === undefined || known === 'absent' || known.hash === undefined) return
  if (!kept.lacks(known.hash, known.size)) return
  let content: Uint8Array | undefined
  const hash = base.at(path, (dir, name) =>
    hasher.hashFile(dir, name, stat.size, signal, (piece) => {
      content = piece
    }),
  )
  if (hash === known.hash) kept.keep(hash, known.size, { bytes: content, open: () => openBase(evidence, path) })
}

/** The project's file at `path`; whoever calls it closes it. */
export function openBase({ ops, base }: Evidence, path: RelPath): Fd {
  return base.at(path, (dir, name) => ops.openFile(dir, name))
}
