import type { AttributesDigest } from '../../fingerprint/attributes-digest.js'

/** Which side has it. `both`: the sides agree. */
export type Winner = 'ours' | 'theirs' | 'both' | 'neither'

/** What only one side changed is that side's; what both changed alike is both's. */
export function winnerOf<T>(base: T, ours: T, theirs: T): Winner {
  if (ours === theirs) return 'both'
  if (ours === base) return 'theirs'
  return theirs === base ? 'ours' : 'neither'
}

/** What of a file is merged as a whole. */
export interface Properties {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly attributes?: AttributesDigest | undefined
}

export interface MergedProperties {
  readonly mode: Winner
  readonly owner: Winner
  readonly attributes: Winner
}

export function mergeProperties(base: Properties, ours: Properties, theirs: Properties): MergedProperties {
  const ownerOf = ({ uid, gid }: Properties): string => `${uid}:${gid}`
  return {
    mode: winnerOf(base.mode, ours.mode, theirs.mode),
    owner: winnerOf(ownerOf(base), ownerOf(ours), ownerOf(theirs)),
    // Of what was not noted nobody can tell who changed it.
    attributes:
      base.attributes === undefined && ours.attributes !== theirs.attributes
        ? 'neither'
        : winnerOf(base.attributes, ours.attributes, theirs.attributes),
  }
}
