import type { Change } from '../../changeset/change.js'
import { patchRejected } from '../../changeset/patch/patch-error.js'
import { fileMode, type GitMode } from '../../changeset/patch/tree-side.js'
import { defaultSizeLimit } from '../../changeset/patch/write-patch.js'
import type { EntryStat } from '../../os/entry-stat.js'
import { nodeCrypto } from '../../os/node-crypto.js'
import { isErrno } from '../../os/system-error.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { bufferFromBytes, bytesFromBuffer } from '../../paths/bytes.js'
import type { SessionView } from '../session-view.js'
import { MovedWhileStaged } from '../stage-contents.js'

/** A file or symlink as git keeps it. */
export interface SideContent {
  readonly mode: GitMode
  /** Of a symlink: its target. */
  readonly content: ByteString
}

/**
 * What the project holds at `path`; `undefined`: no file and no symlink.
 * @throws MovedWhileStaged when it is not `judged`, the entry of the review; OverlayError `PATCH_REJECTED` above the size that `diff` shows
 */
export function readProject(view: SessionView, path: RelPath, judged: EntryStat | undefined): SideContent | undefined {
  const { base, ops } = view
  const before = judged ?? base.stat(path)
  if (before?.type === 'symlink') {
    return { mode: '120000', content: base.at(path, (dir, name) => ops.readLink(dir, name)) }
  }
  if (before?.type !== 'file') return undefined
  const content = readContent(view, { layer: 'base', path }, path)
  if (!isSame(before, base.stat(path))) throw new MovedWhileStaged(path)
  return { mode: fileMode(before.mode), content }
}

/** What the session wants at the path of a change. Errors as {@link readProject}. */
export function readSession(view: SessionView, { path, wanted, upper }: Change): SideContent | undefined {
  if (wanted?.type === 'symlink') return { mode: '120000', content: wanted.target ?? ('' as ByteString) }
  if (wanted?.content === undefined) return undefined
  const content = readContent(view, wanted.content, path)
  if (wanted.content.layer === 'upper' && wanted.content.path === path && !isSame(upper, view.upper.stat(path)))
    throw new MovedWhileStaged(path)
  return { mode: fileMode(wanted.mode), content }
}

function readContent(
  view: SessionView,
  source: NonNullable<NonNullable<Change['wanted']>['content']>,
  path: RelPath,
): ByteString {
  try {
    const tree = view.layer(source.layer)
    return bytesFromBuffer(tree.at(source.path, (dir, name) => view.ops.readFile(dir, name, defaultSizeLimit)))
  } catch (error) {
    if (isErrno(error, 'EFBIG')) throw patchRejected(path, undefined, 'it is too large for a patch')
    throw error
  }
}

function isSame(one: Pick<EntryStat, 'ino' | 'ctimeNs' | 'size'>, other: EntryStat | undefined): boolean {
  return one.ino === other?.ino && one.ctimeNs === other.ctimeNs && one.size === other.size
}

/** Git's name for a content, as `git hash-object` gives it. */
export function blobId(content: ByteString): string {
  return nodeCrypto()
    .createHash('sha1')
    .update(`blob ${content.length}\0`)
    .update(bufferFromBytes(content))
    .digest('hex')
}
