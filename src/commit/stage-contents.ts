import type { ContentSource } from '../changeset/change.js'
import { OverlayError } from '../errors/overlay-error.js'
import type { ExpectedSource, Fd, FileToCopy } from '../os/file-ops.js'
import type { Pace } from '../os/pace.js'
import { SourceMoved } from '../os/source-moved.js'
import { carriedXattrs } from '../overlay-format/plain-xattrs.js'
import type { RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import type { StagedEntry } from './plan.js'
import type { SessionView } from './session-view.js'

/** Inodes of what was staged, by the entry's path in the project. */
export type StagedInodes = Map<RelPath, bigint>

export interface StageOptions {
  readonly pace: Pace
  readonly signal: AbortSignal | undefined
  /** The whole file system is flushed afterwards. */
  readonly sync: boolean
  /** Entries that are there by now. */
  readonly onProgress: (done: number) => void
  /** Now and then, when inodes are known of some more files. */
  readonly onStaged: () => void
}

/** A file moved while it was staged: what is staged is not what was judged. */
export class MovedWhileStaged extends Error {
  override readonly name = 'MovedWhileStaged'
  readonly path: RelPath

  constructor(path: RelPath) {
    super(`${quoteName(path)} changed while it was staged`)
    this.path = path
  }
}

/**
 * Makes the regular files among the staged entries, with content and attributes, many at a time; adds their inodes.
 * @throws MovedWhileStaged; SystemError; OverlayError `ABORTED`
 */
export async function stageContents(
  view: SessionView,
  slots: Fd,
  entries: readonly StagedEntry[],
  inodes: StagedInodes,
  { signal, sync, onProgress, onStaged }: StageOptions,
): Promise<void> {
  let before = 0
  for (const layer of ['upper', 'base', 'made'] as const) {
    const ofLayer = entries.filter(({ path, wanted }) => contentOf(path, wanted.content).layer === layer)
    if (ofLayer.length === 0) continue
    const done = before
    await copy(view, layer, ofLayer, {
      toRoot: slots,
      signal,
      startWriteback: sync,
      onProgress: (count) => onProgress(done + count),
      onCopied: (first, copied) => {
        for (const [index, { ino }] of copied.entries()) inodes.set((ofLayer[first + index] as StagedEntry).path, ino)
        onStaged()
      },
    })
    before += ofLayer.length
  }
}

type Job = Parameters<SessionView['ops']['copyFiles']>[0]

async function copy(
  view: SessionView,
  layer: ContentSource['layer'],
  entries: readonly StagedEntry[],
  job: Omit<Job, 'fromRoot' | 'files'>,
): Promise<void> {
  try {
    await view.ops.copyFiles({ ...job, fromRoot: view.layer(layer).root, files: filesToCopy(entries) })
  } catch (error) {
    if (error instanceof SourceMoved) throw new MovedWhileStaged((entries[error.index] as StagedEntry).path)
    throw error
  }
}

function* filesToCopy(entries: readonly StagedEntry[]): Generator<FileToCopy> {
  for (const entry of entries) yield toCopy(entry)
}

function toCopy(entry: StagedEntry): FileToCopy {
  const { at, path, wanted } = entry
  const xattrs = carriedXattrs(wanted.xattrs)
  const attributes = xattrs === wanted.xattrs ? wanted : { ...wanted, xattrs }
  return { from: contentOf(path, wanted.content).path, to: at, expected: expectedSource(entry), attributes }
}

/** The very inode of the review, untouched since; for content that is not the entry's own, its size alone is known here. */
function expectedSource({ path, wanted, upper }: StagedEntry): ExpectedSource {
  const { content, size } = wanted
  if (content?.layer !== 'upper' || content.path !== path) return { size }
  return { size, ino: upper.ino, ctimeNs: upper.ctimeNs }
}

function contentOf(path: RelPath, content: ContentSource | undefined): ContentSource {
  if (content === undefined) throw new OverlayError('INTERNAL', `No content for ${quoteName(path)}`)
  return content
}
