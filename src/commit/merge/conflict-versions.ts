import { adoptOwner } from '../../os/adopt-owner.js'
import type { Fd } from '../../os/file-ops.js'
import { removeTree } from '../../os/remove-tree.js'
import type { AbsPath, ByteString, RelPath } from '../../paths/byte-string.js'
import { bytesFromText, jsonName } from '../../paths/bytes.js'
import { entryName, joinAbs } from '../../paths/rel-path.js'
import type { SessionView } from '../session-view.js'

/** Directory of the record with the versions of what did not merge. See docs/on-disk-format.md, "Conflicts". */
const conflictsName = entryName('conflicts')

/** The versions of one path; what there is none of is left out. */
export interface ConflictVersions {
  readonly path: RelPath
  readonly base?: Uint8Array | undefined
  readonly ours?: Uint8Array | undefined
  readonly theirs?: Uint8Array | undefined
  /** With conflict markers. */
  readonly merged?: Uint8Array | undefined
}

const names = ['base', 'ours', 'theirs', 'merged'] as const

/** Where each version was written. */
export type VersionPlaces = Partial<Record<(typeof names)[number], AbsPath>>

/** Writes versions in place of those of the last merge. Errors: `SystemError`. */
export function writeConflictVersions(
  view: SessionView,
  conflicts: readonly ConflictVersions[],
): ReadonlyMap<RelPath, VersionPlaces> {
  const { ops, dir, session } = view
  removeTree(ops, dir, conflictsName)
  const places = new Map<RelPath, VersionPlaces>()
  if (conflicts.length === 0) return places
  const top = joinAbs(session.dir, conflictsName)
  inNewDir(view, dir, conflictsName, (fd) => {
    let index = ''
    for (const [number, conflict] of conflicts.entries()) {
      const name = bytesFromText(`${number}`)
      const written: VersionPlaces = {}
      inNewDir(view, fd, name, (place) => {
        for (const version of names) {
          const content = conflict[version]
          if (content === undefined) continue
          writeNew(view, place, bytesFromText(version), content)
          written[version] = joinAbs(joinAbs(top, name), version)
        }
      })
      places.set(conflict.path, written)
      index += `${JSON.stringify({ dir: `${number}`, path: jsonName(conflict.path) })}\n`
    }
    writeNew(view, fd, bytesFromText('index.jsonl'), Buffer.from(index))
  })
  return places
}

function inNewDir({ ops }: SessionView, parent: Fd, name: ByteString, use: (dir: Fd) => void): void {
  ops.mkdir(parent, name, 0o700)
  adoptOwner(ops, parent, name)
  const dir = ops.openDir(parent, name as string as RelPath)
  try {
    use(dir)
  } finally {
    ops.close(dir)
  }
}

function writeNew({ ops }: SessionView, dir: Fd, name: ByteString, content: Uint8Array): void {
  const fd = ops.createFile(dir, name, 0o600)
  try {
    ops.write(fd, content, 0)
  } finally {
    ops.close(fd)
  }
  adoptOwner(ops, dir, name)
}
