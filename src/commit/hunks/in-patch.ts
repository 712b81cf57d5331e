import type { Change } from '../../changeset/change.js'
import { entryNote } from '../../changeset/patch/entry-note.js'
import { fileMode } from '../../changeset/patch/tree-side.js'
import { defaultSizeLimit } from '../../changeset/patch/write-patch.js'

/** Whether `diff` shows something of a change; `isEmpty` tells of a removed directory whether git sees nothing in it. */
export function isInPatch(change: Change, isEmpty: (change: Change) => boolean): boolean {
  const { path, base, wanted, kind, aspects } = change
  if ((entryNote(path, wanted, defaultSizeLimit) ?? entryNote(path, base, defaultSizeLimit)) !== undefined) return false
  if (base?.type === 'dir' && wanted?.type !== 'dir') return wanted !== undefined || !isEmpty(change)
  if (wanted?.type === 'dir') return base !== undefined && base.type !== 'dir'
  if (kind !== 'modify' && kind !== 'metadata') return true
  const sameMode = base?.type !== 'file' || wanted?.type !== 'file' || fileMode(base.mode) === fileMode(wanted.mode)
  return aspects.has('content') || !sameMode
}
