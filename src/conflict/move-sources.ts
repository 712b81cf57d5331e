import type { Change, WantedEntry } from '../changeset/change.js'
import type { FileHandle } from '../os/file-ops.js'
import type { RelPath } from '../paths/byte-string.js'
import { inherit } from '../paths/inherit.js'
import { parentOf } from '../paths/rel-path.js'
import type { Evidence } from './evidence.js'
import { createLookalikeCheck, type LookalikeCheck } from './lookalikes.js'
import { takenEntries } from './taken-entries.js'

/**
 * Entries of the project that the session took away from their place, so that a copied-up entry elsewhere may be one of
 * them, moved.
 */
export interface MoveSources {
  /** Link groups (WantedEntry.linkGroup) that hold a path the project has too. */
  readonly groupsWithBase: ReadonlySet<string>
  /** Below a directory of merged that the project has under another name or not at all: what was copied up came from elsewhere. */
  isBelowNewDir(path: RelPath): boolean
  /** Whether `wanted` can be an entry that is gone from its place: the inode that `origin` names, or one that is alike in all that a move keeps. */
  wasTaken(evidence: Evidence, wanted: WantedEntry, origin: Change['origin']): boolean
}

export function findMoveSources(changes: readonly Change[]): MoveSources {
  const groupsWithBase = new Set<string>()
  const newDirs = new Set<RelPath>()
  for (const { base, wanted, kind, path, origin } of changes) {
    if (base !== undefined && wanted?.linkGroup !== undefined) groupsWithBase.add(wanted.linkGroup)
    if (wanted?.type !== 'dir') continue
    if (kind === 'rename' || (kind === 'create' && origin === 'none')) newDirs.add(path)
  }
  const isInNewDir = inherit(false, (dir, above) => above || newDirs.has(dir))
  // Only a suspicious creation asks, so that the walk below removed directories is rarely paid for.
  let handles: ReadonlySet<string> | undefined
  let isLookalike: LookalikeCheck | undefined
  return {
    groupsWithBase,
    isBelowNewDir: (path) => isInNewDir(parentOf(path)),
    wasTaken: (evidence, wanted, origin) => {
      if (typeof origin === 'string') {
        isLookalike ??= createLookalikeCheck(evidence, changes)
        return isLookalike(wanted)
      }
      handles ??= takenHandles(evidence, changes)
      return handles.has(keyOf(origin))
    },
  }
}

function takenHandles(evidence: Evidence, changes: readonly Change[]): ReadonlySet<string> {
  const { ops, base } = evidence
  const handles = new Set<string>()
  for (const [path] of takenEntries(evidence, changes)) {
    const handle = base.at(path, (dir, name) => ops.fileHandle(dir, name))
    if (handle !== undefined) handles.add(keyOf(handle))
  }
  return handles
}

function keyOf({ type, bytes }: FileHandle): string {
  return `${type}:${Buffer.from(bytes).toString('hex')}`
}
