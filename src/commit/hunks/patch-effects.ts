import { applyHunks, type LineEdit, splitLines } from '../../changeset/patch/apply-hunks.js'
import { type FilePatch, pathOfPatch } from '../../changeset/patch/file-patch.js'
import { patchRejected } from '../../changeset/patch/patch-error.js'
import type { GitMode } from '../../changeset/patch/tree-side.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { blobId, type SideContent } from './read-side.js'

/** What a patch makes of one path of the project. */
export type Effect =
  | { readonly is: 'absent' }
  | {
      readonly is: 'content'
      /** `undefined`: it stays as it is. */
      readonly mode: GitMode | undefined
      /** Git's name of it for a binary file. */
      readonly content: ByteString | { readonly id: string }
      /** Of a file that was there under this name. */
      readonly edits: readonly LineEdit[]
    }

/** Works a patch out on the project's files as they are, which `read` gives. @throws OverlayError `PATCH_REJECTED` */
export function patchEffects(
  files: readonly FilePatch[],
  read: (path: RelPath) => SideContent | undefined,
): Map<RelPath, Effect> {
  const effects = new Map<RelPath, Effect>()
  for (const file of files) {
    const { oldPath, newPath, copies } = file
    const old = oldPath === undefined ? undefined : readOld(file, oldPath, read)
    if (newPath !== undefined) put(effects, newPath, newEffect(file, old))
    else checkDeletion(file, old as SideContent)
    if (oldPath !== undefined && oldPath !== newPath && !copies) put(effects, oldPath, { is: 'absent' })
  }
  return effects
}

function readOld(file: FilePatch, path: RelPath, read: (path: RelPath) => SideContent | undefined): SideContent {
  const old = read(path)
  if (old === undefined) throw patchRejected(path, undefined, 'the project has no such file')
  // Git names both modes where it changes one.
  if (file.newMode !== undefined && file.oldMode !== undefined && file.oldMode !== old.mode)
    throw patchRejected(path, undefined, `the project's file has mode ${old.mode}`)
  return old
}

function newEffect(file: FilePatch, old: SideContent | undefined): Effect {
  const renamed = file.oldPath !== undefined && file.oldPath !== file.newPath
  const mode = file.newMode ?? (old === undefined ? '100644' : renamed ? old.mode : undefined)
  const { binary } = file
  if (binary !== undefined) {
    checkId(file, binary.oldId, old)
    return { is: 'content', mode, content: { id: binary.newId }, edits: [] }
  }
  return { is: 'content', mode, ...applied(file, old) }
}

function applied(file: FilePatch, old: SideContent | undefined): { content: ByteString; edits: readonly LineEdit[] } {
  const result = applyHunks(splitLines(old?.content ?? ('' as ByteString)), file.hunks)
  if ('why' in result) throw patchRejected(pathOfPatch(file), result.hunk, result.why)
  return result
}

function checkDeletion(file: FilePatch, old: SideContent): void {
  if (file.binary !== undefined) checkId(file, file.binary.oldId, old)
  else if (applied(file, old).content !== '') {
    throw patchRejected(pathOfPatch(file), undefined, "the project's file has more lines than are deleted")
  }
}

function checkId(file: FilePatch, id: string, old: SideContent | undefined): void {
  const none = /^0+$/.test(id)
  if (old === undefined ? none : id === blobId(old.content)) return
  throw patchRejected(pathOfPatch(file), undefined, "the project's file has another content")
}

/** A path may go and come in one patch: another type of entry, or names that are swapped. */
function put(effects: Map<RelPath, Effect>, path: RelPath, effect: Effect): void {
  const known = effects.get(path)
  if (known !== undefined && known.is === effect.is) throw patchRejected(path, undefined, 'the patch has it twice')
  if (known?.is !== 'content') effects.set(path, effect)
}
