import type { Change, WantedEntry } from '../change.js'
import type { PatchNote } from './patch-note.js'
import { fileMode } from './tree-side.js'

/** What of a change's metadata has no form in a git patch. Times go unsaid: git sets none. */
export function attributeNotes(change: Change): PatchNote[] {
  const { wanted, base, path, aspects } = change
  if (wanted === undefined || base === undefined || wanted.type !== base.type) return []
  const notes: PatchNote[] = []
  if (aspects.has('mode') && !gitShowsMode(wanted, base.mode)) {
    notes.push({ path, kind: 'mode', text: `mode ${octal(base.mode)} -> ${octal(wanted.mode)}` })
  }
  if (aspects.has('owner')) {
    notes.push({ path, kind: 'owner', text: `owner ${base.uid}:${base.gid} -> ${wanted.uid}:${wanted.gid}` })
  }
  if (aspects.has('xattrs')) notes.push({ path, kind: 'xattrs', text: 'extended attributes' })
  return notes
}

/** A patch says 644 or 755; anything else it only approaches. */
function gitShowsMode(wanted: WantedEntry, baseMode: number): boolean {
  if (wanted.type !== 'file') return false
  const changed = fileMode(wanted.mode) !== fileMode(baseMode)
  return changed && (wanted.mode === 0o644 || wanted.mode === 0o755)
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
