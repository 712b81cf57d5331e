import type { AbsPath, RelPath } from '../../paths/byte-string.js'

/**
 * Why a conflict does not merge.
 * - `lines`: both sides changed the same lines.
 * - `binary`: both sides changed content, and one of the versions is no text.
 * - `large`: both sides changed content, and a version is above 16 MiB.
 * - `no-base`: both sides changed or made content, and there is no copy of what they began with.
 * - `properties`: both sides changed mode, owner or attributes, each in another way.
 * - `links`: hard links of the session or the project differ.
 * - `no-file`: it is not about one file that both sides have.
 */
export type UnmergedReason = 'lines' | 'binary' | 'large' | 'no-base' | 'properties' | 'links' | 'no-file'

/** A conflict that is left, and where its versions are. */
export interface UnmergedChange {
  readonly path: RelPath
  readonly why: UnmergedReason
  /** The session's version; `undefined`: it has none. */
  readonly ours: AbsPath | undefined
  /** The project's. */
  readonly theirs: AbsPath | undefined
  /** What the session built upon. */
  readonly base: AbsPath | undefined
  /** The merge, with conflict markers. */
  readonly merged: AbsPath | undefined
}

const reasons: Readonly<Record<UnmergedReason, string>> = {
  lines: 'both sides changed the same lines',
  binary: 'both sides changed it, and it is no text',
  large: 'both sides changed it, and it is above 16 MiB',
  'no-base': 'both sides changed or made it, and the session has no copy of what they began with',
  properties: 'both sides changed its mode, owner or attributes',
  links: 'its hard links changed',
  'no-file': 'only a file that both sides have can be merged',
}

/** In words, for people. */
export function describeUnmerged({ why }: Pick<UnmergedChange, 'why'>): string {
  return reasons[why]
}
