import type { Change, WantedEntry } from '../../changeset/change.js'
import { digestCarried } from '../../conflict/project-attributes.js'
import type { AttributesDigest } from '../../fingerprint/attributes-digest.js'
import type { Fingerprint } from '../../fingerprint/fingerprint.js'
import type { Xattrs } from '../../os/file-ops.js'
import type { JudgedChange } from '../judged-change.js'
import type { SessionView } from '../session-view.js'
import { type ContentMerge, mergeContent } from './merge-content.js'
import type { TextMerger } from './merge-files.js'
import { type Compose, mergedChange } from './merged-change.js'
import { readVersions } from './read-version.js'
import { mergeProperties } from './three-way.js'
import type { UnmergedReason } from './unmerged.js'

/** What came of a conflict. */
export type ChangeMerge =
  | {
      readonly is: 'merged'
      /** Turns the project's file into the merge; without aspects, if it holds that already. */
      readonly change: Change
      /** What the session has: all that is in the merge of its side. */
      readonly session: Fingerprint
      readonly text: Uint8Array | undefined
    }
  | Extract<ContentMerge, { is: 'unmerged' }>

/**
 * Merges what the session and the project made of one file since the session found it.
 * @param compose keeps merged content
 * @throws MovedWhileStaged when a side was written to since it was judged; as {@link TextMerger}
 */
export async function mergeChange(
  view: SessionView,
  { change, conflicts }: JudgedChange,
  merger: TextMerger,
  compose: Compose,
): Promise<ChangeMerge> {
  const { wanted, base, path, aspects } = change
  const known = view.ledger.ledger.base(path)
  if (wanted?.type !== 'file' || base?.type !== 'file') return unmerged('no-file')
  if (!conflicts.every(({ reason }) => reason === 'changed' || reason === 'appeared')) return unmerged('no-file')
  if (aspects.has('links') || wanted.linkGroup !== undefined) return unmerged('links')
  if (known === undefined || known === 'absent' || known.hash === undefined) return unmerged('no-base')

  const ourAttributes = digestOf(view, wanted.xattrs)
  const theirAttributes = digestOf(view, change.baseXattrs ?? wanted.xattrs)
  const properties = mergeProperties(
    known,
    { ...wanted, attributes: ourAttributes },
    { ...base, attributes: theirAttributes },
  )
  if (Object.values(properties).includes('neither')) return unmerged('properties')

  const { ours, theirs } = readVersions(view, change)
  const found = await mergeContent(view, { hash: known.hash, size: known.size }, ours, theirs, merger)
  if (found.is === 'unmerged') return found
  const merged = mergedChange({ change, wanted, base, properties, content: found.content }, compose)
  return {
    is: 'merged',
    change: merged,
    session: { ...sessionEntry(wanted), hash: ours.hash, attributes: ourAttributes },
    text: ours.content,
  }
}

function unmerged(why: UnmergedReason): ChangeMerge {
  return { is: 'unmerged', why }
}

function digestOf({ evidence }: SessionView, xattrs: Xattrs): AttributesDigest {
  return digestCarried(evidence, xattrs)
}

/** Known by its content alone: no entry of the project is this one. */
function sessionEntry({ type, mode, uid, gid, size, mtimeNs }: WantedEntry): Fingerprint {
  return { type, mode, uid, gid, size, ino: 0n, mtimeNs, ctimeNs: -1n, hash: undefined, target: undefined }
}
