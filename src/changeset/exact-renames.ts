import type { Change, ChangeSet, ContentSource } from './change.js'

/** A deleted file of the project and a new one of the session with the same bytes. */
export interface RenamePair {
  readonly from: Change
  readonly to: Change
}

/** Where the bytes of a file lie, and how many they are. */
export interface FileContent extends ContentSource {
  readonly size: number
}

/**
 * Finds files that were moved without overlayfs saying so (by a copy and a deletion, or after an edit that was taken back),
 * for people to read: a commit carries out the creation and the deletion as they are. Only pairs that leave no choice
 * count: one deleted file and one new file with these bytes, neither empty.
 *
 * `hash` gives digests of the content of files, in their order; it is asked at most once, about files with a possible
 * partner. Its errors go up.
 */
export async function pairRenames(
  { changes }: Pick<ChangeSet, 'changes'>,
  hash: (contents: readonly FileContent[]) => Promise<readonly string[]>,
): Promise<RenamePair[]> {
  const deleted = changes.filter(({ kind, base }) => kind === 'delete' && base?.type === 'file' && base.size > 0)
  if (deleted.length === 0) return []
  const created = changes.filter(({ kind, wanted, implied }) => kind === 'create' && !implied && isFullFile(wanted))
  const sizes = new Set(deleted.map(({ base }) => base?.size))
  const fresh = created.filter(({ wanted }) => sizes.has(wanted?.size))
  const freshSizes = new Set(fresh.map(({ wanted }) => wanted?.size))
  const old = deleted.filter(({ base }) => freshSizes.has(base?.size))
  if (old.length === 0) return []
  const digests = await hash([...old.map(oldContent), ...fresh.map(freshContent)])
  const oldByDigest = byDigest(old, digests)
  const freshByDigest = byDigest(fresh, digests.slice(old.length))
  return [...oldByDigest].flatMap(([digest, from]) => onlyPair(from, freshByDigest.get(digest)))
}

function oldContent({ path, base }: Change): FileContent {
  return { layer: 'base', path, size: base?.size ?? 0 }
}

function freshContent({ path, wanted }: Change): FileContent {
  return { ...(wanted?.content ?? { layer: 'upper', path }), size: wanted?.size ?? 0 }
}

function isFullFile(wanted: Change['wanted']): boolean {
  return wanted?.type === 'file' && wanted.size > 0
}

function byDigest(changes: readonly Change[], digests: readonly string[]): Map<string, Change[]> {
  const groups = new Map<string, Change[]>()
  for (const [index, change] of changes.entries()) {
    const digest = digests[index] ?? ''
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
