import type { Change, ContentSource } from '../../changeset/change.js'
import type { ContentHash } from '../../fingerprint/content-hash.js'
import type { EntryStat } from '../../os/entry-stat.js'
import { isErrno } from '../../os/system-error.js'
import type { RelPath } from '../../paths/byte-string.js'
import type { SessionView } from '../session-view.js'
import { MovedWhileStaged } from '../stage-contents.js'

/** Bytes: a larger file is not merged. */
const largestMerged = 16 << 20

/** A side's content. */
export interface Version {
  readonly hash: ContentHash
  /** `undefined`: too large to be merged. */
  readonly content: Uint8Array | undefined
}

/**
 * Reads both sides of a change as they were judged.
 * @throws MovedWhileStaged when one was written to since; SystemError
 */
export function readVersions(view: SessionView, change: Change): { readonly ours: Version; readonly theirs: Version } {
  const { path, wanted, base, upper } = change
  const ours = readVersion(view, wanted?.content ?? { layer: 'upper', path }, wanted?.size ?? 0, path)
  const theirs = readVersion(view, { layer: 'base', path }, base?.size ?? 0, path)
  if (!isSame(view.upper.stat(path), upper) || base === undefined || !isSame(view.base.stat(path), base)) {
    throw new MovedWhileStaged(path)
  }
  return { ours, theirs }
}

function readVersion(
  { ops, hasher, layer, evidence }: SessionView,
  source: ContentSource,
  size: number,
  path: RelPath,
): Version {
  try {
    return layer(source.layer).at(source.path, (dir, name) => {
      if (size > largestMerged) return { hash: hasher.hashFile(dir, name, size, evidence.signal), content: undefined }
      const content = ops.readFile(dir, name, largestMerged)
      return { hash: hasher.hashContent(content), content }
    })
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'EFBIG')) throw new MovedWhileStaged(path)
    throw error
  }
}

type Judged = Pick<EntryStat, 'ino' | 'ctimeNs' | 'size'>

function isSame(now: Judged | undefined, judged: Judged): boolean {
  return now !== undefined && now.ino === judged.ino && now.ctimeNs === judged.ctimeNs && now.size === judged.size
}
