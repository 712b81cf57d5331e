import type { Change, ChangeSet, ContentSource } from './change.js'

/** A deleted file of the project and a new one of the session with the same bytes. */
export interface RenamePair {
  readonly from: Change
  readonly to: Change
}

/**
 * Finds files that were moved without overlayfs saying so (by a copy and a deletion, or after an edit that was taken back),
 * for people to read: a commit carries out the creation and the deletion as they are. Only pairs that leave no choice
 * count: one deleted file and one new file with these bytes, neither empty.
 *
 * `hash` gives a digest of a file's content, as a string; it is asked only about files with a possible partner. Its
 * errors go up.
 */
export async function pairRenames(
  { changes }: Pick<ChangeSet, 'changes'>,
  hash: (content: ContentSource) => Promise<string> | string,
): Promise<RenamePair[]> {
  const deleted = changes.filter(({ kind, base }) => kind === 'delete' && base?.type === 'file' && base.size > 0)
  const created = changes.filter(({ kind, wanted, implied }) => kind === 'create' && !implied && isFullFile(wanted))
  const sizes = new Set(deleted.map(({ base }) => base?.size))
  const candidates = created.filter(({ wanted }) => sizes.has(wanted?.size))
  const wantedSizes = new Set(candidates.map(({ wanted }) => wanted?.size))
  const old = await byDigest(
    deleted.filter(({ base }) => wantedSizes.has(base?.size)),
    ({ path }) => hash({ layer: 'base', path }),
  )
  const fresh = await byDigest(candidates, ({ wanted, path }) => hash(wanted?.content ?? { layer: 'upper', path }))
  return [...old].flatMap(([digest, from]) => onlyPair(from, fresh.get(digest)))
}

function isFullFile(wanted: Change['wanted']): boolean {
  return wanted?.type === 'file' && wanted.size > 0
}

async function byDigest(
  changes: readonly Change[],
  digestOf: (change: Change) => Promise<string> | string,
): Promise<Map<string, Change[]>> {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const digest = await digestOf(change)
    const group = groups.get(digest)
    if (group === undefined) groups.set(digest, [change])
    else group.push(change)
  }
  return groups
}

function onlyPair(from: readonly Change[], to: readonly Change[] | undefined): RenamePair[] {
  const [old] = from
  const [fresh] = to ?? []
  return old !== undefined && fresh !== undefined && from.length === 1 && to?.length === 1
    ? [{ from: old, to: fresh }]
    : []
}
