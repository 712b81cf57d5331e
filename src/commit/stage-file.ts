import type { ContentSource } from '../changeset/change.js'
import { OverlayError } from '../errors/overlay-error.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { Pace } from '../os/pace.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import type { StagedEntry } from './plan.js'
import type { SessionView } from './session-view.js'

/** A file moved while it was staged: what is staged is not what was judged. */
export class MovedWhileStaged extends Error {
  override readonly name = 'MovedWhileStaged'
  readonly path: RelPath

  constructor(path: RelPath) {
    super(`${quoteName(path)} changed while it was staged`)
    this.path = path
  }
}

/** Bytes copied in one call, so that a large file can be stopped half way. */
const piece = 64 << 20

export interface ContentCopier {
  /**
   * Makes `name` in `dir` with the content that the entry wants, by reflink or by copying what is not a hole.
   * @returns the new file's stat
   * @throws MovedWhileStaged; SystemError
   */
  copy(entry: StagedEntry, dir: Fd, name: ByteString): Promise<EntryStat>
}

export function createContentCopier(view: SessionView, pace: Pace): ContentCopier {
  const { ops } = view
  // Where one file cannot be cloned none can: upper and project are one pair of file systems.
  const cannotClone = { upper: false, base: false, made: false }

  const fill = async (from: Fd, to: Fd, layer: ContentSource['layer']): Promise<void> => {
    if (!cannotClone[layer] && ops.cloneContent(from, to)) return
    cannotClone[layer] = true
    await copyPieces(ops, from, to, pace)
  }

  return {
    copy: async (entry, dir, name) => {
      const { path, wanted } = entry
      const { content } = wanted
      if (content === undefined) throw new OverlayError('INTERNAL', `No content for ${quoteName(path)}`)
      const source = view.layer(content.layer).at(content.path, (parent, file) => ops.openFile(parent, file))
      try {
        const before = ops.statFd(source)
        // The stage is closed to others, so that the file may have its mode from the start.
        const copy = ops.createFile(dir, name, wanted.mode & 0o777)
        try {
          if (before.size > 0) await fill(source, copy, content.layer)
          if (isMoved(before, ops.statFd(source)) || !isAsJudged(before, entry)) throw new MovedWhileStaged(path)
          return ops.statFd(copy)
        } finally {
          ops.close(copy)
        }
      } finally {
        ops.close(source)
      }
    },
  }
}

async function copyPieces(ops: FileOps, from: Fd, to: Fd, pace: Pace): Promise<void> {
  for (
    let next = ops.copyContent(from, to, 0, piece);
    next !== undefined;
    next = ops.copyContent(from, to, next, piece)
  ) {
    await pace.due()
  }
}

function isMoved(before: EntryStat, after: EntryStat): boolean {
  return before.ctimeNs !== after.ctimeNs || before.size !== after.size
}

/** The very inode of the review, untouched since; for content of the project, its size alone is known here. */
function isAsJudged(source: EntryStat, { path, wanted, upper }: StagedEntry): boolean {
  if (source.size !== wanted.size) return false
  if (wanted.content?.layer !== 'upper' || wanted.content.path !== path) return true
  return source.ino === upper.ino && source.ctimeNs === upper.ctimeNs
}
