import type { Change, WantedEntry } from '../changeset/change.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { FileHandle } from '../os/file-ops.js'
import type { RelPath } from '../paths/byte-string.js'
import { joinRel } from '../paths/rel-path.js'
import type { Evidence } from './evidence.js'
import { createMountCheck } from './project-mounts.js'
import { scanSubtree } from './subtree-digest.js'

/**
 * Entries of the project that the session took away from their place, so that a copied-up entry elsewhere may be one of
 * them, moved.
 */
export interface MoveSources {
  /** Link groups (WantedEntry.linkGroup) that hold a path the project has too. */
  readonly groupsWithBase: ReadonlySet<string>
  /** Directories of merged that the project has under another name or not at all: what was copied up and lies below came from elsewhere. */
  readonly newDirs: ReadonlySet<RelPath>
  /** Whether `wanted` can be an entry that is gone from its place: the inode that `origin` names, or one that looks alike. */
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
  // Only a suspicious creation asks, so that the walk below removed directories is rarely paid for.
  let taken: Taken | undefined
  return {
    groupsWithBase,
    newDirs,
    wasTaken: (evidence, wanted, origin) => {
      taken ??= indexTaken(evidence, changes)
      return typeof origin === 'string' ? taken.looks.has(lookOf(wanted)) : taken.handles.has(keyOf(origin))
    },
  }
}

interface Taken {
  readonly looks: ReadonlySet<string>
  readonly handles: ReadonlySet<string>
}

function indexTaken(evidence: Evidence, changes: readonly Change[]): Taken {
  const { ops, base: project } = evidence
  const isMount = createMountCheck(evidence)
  const looks = new Set<string>()
  const handles = new Set<string>()
  const add = (path: RelPath, stat: EntryStat): void => {
    looks.add(lookOf(stat))
    const handle = project.at(path, (dir, name) => ops.fileHandle(dir, name))
    if (handle !== undefined) handles.add(keyOf(handle))
  }
  for (const { kind, path, base, wanted } of changes) {
    if (base === undefined || kind === 'metadata' || isMount(base)) continue
    if (base.type !== 'dir') add(path, base)
    else if (wanted?.type !== 'dir') {
      for (const [dir, entries] of scanSubtree(ops, project, path, ({ stat }) => !isMount(stat))) {
        for (const { name, stat } of entries) if (stat.type !== 'dir') add(joinRel(dir, name), stat)
      }
    }
  }
  return { looks, handles }
}

/** A move keeps type, size and time of content. */
function lookOf({ type, size, mtimeNs }: { type: string; size: number; mtimeNs: bigint }): string {
  return `${type}:${type === 'file' ? size : 0}:${mtimeNs}`
}

function keyOf({ type, bytes }: FileHandle): string {
  return `${type}:${Buffer.from(bytes).toString('hex')}`
}
