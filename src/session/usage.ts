import type { EntryStat } from '../os/entry-stat.js'
import type { FileOps } from '../os/file-ops.js'
import { walk } from '../os/walk.js'
import type { AbsPath } from '../paths/byte-string.js'
import { withDirIfAny } from './open-dirs.js'
import type { Session } from './session.js'

const blockSize = 512

/** Bytes of disk that a session holds: its upper, and what its record keeps. A hard-linked file counts once. */
export function sessionUsage(ops: FileOps, session: Session): number {
  const { dir, layers } = session
  const places: readonly AbsPath[] = dir === layers ? [dir] : [dir, layers]
  const seen = new Set<bigint>()
  return places.reduce((total, place) => total + usedBelow(ops, place, seen), 0)
}

function usedBelow(ops: FileOps, place: AbsPath, seen: Set<bigint>): number {
  return (
    withDirIfAny(ops, place, (root) => {
      let blocks = 0
      for (const { entry } of walk(ops, root, { enter: (path, { stat }) => isOurs(path) && isListable(stat) })) {
        const { ino, nlink, type } = entry.stat
        if (type !== 'dir' && nlink > 1) {
          if (seen.has(ino)) continue
          seen.add(ino)
        }
        blocks += entry.stat.blocks
      }
      return blocks * blockSize
    }) ?? 0
  )
}

/** overlayfs' own scratch space is mode 000. */
function isOurs(path: string): boolean {
  return path !== 'work'
}

function isListable({ mode }: EntryStat): boolean {
  return (mode & 0o500) === 0o500
}
