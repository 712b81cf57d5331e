import type { ChangeSet } from '../changeset/change.js'
import { type FileContent, pairRenames, type RenamePair } from '../changeset/exact-renames.js'
import { type ContentHash, isOfToday } from '../fingerprint/content-hash.js'
import { isSameInstant } from '../fingerprint/fingerprint.js'
import { hashFiles } from '../fingerprint/take-fingerprints.js'
import type { SessionView } from './session-view.js'

/** Files that the session moved without a redirect: both ends are one deed to whoever names one of them. */
export function findMoves(view: SessionView, changeSet: ChangeSet): Promise<RenamePair[]> {
  return pairRenames(changeSet, (contents) => digestsOf(view, contents))
}

/** Those of the session's files are read each time; the ledger knows most of the project's. */
async function digestsOf(view: SessionView, contents: readonly FileContent[]): Promise<ContentHash[]> {
  const { ops, hasher, layer, evidence } = view
  const digests = contents.map((content) => knownDigest(view, content))
  for (const name of ['base', 'upper'] as const) {
    const unknown = [...contents.entries()].filter(
      ([index, content]) => content.layer === name && digests[index] === undefined,
    )
    const files = unknown.map(([, content]) => content)
    const hashes = await hashFiles(ops, hasher, layer(name), files, evidence.signal)
    for (const [at, [index]] of unknown.entries()) digests[index] = hashes[at]
  }
  return digests as ContentHash[]
}

function knownDigest({ ledger, base }: SessionView, { layer, path, size }: FileContent): ContentHash | undefined {
  const known = layer === 'base' ? ledger.ledger.base(path) : undefined
  if (known === undefined || known === 'absent' || known.hash === undefined) return undefined
  if (!isOfToday(known.hash, size)) return undefined
  const now = base.stat(path)
  return now !== undefined && isSameInstant(known, now) ? known.hash : undefined
}
