import type { Change } from '../../changeset/change.js'
import { applyHunks, type LineEdit, splitLines } from '../../changeset/patch/apply-hunks.js'
import { pathOfPatch } from '../../changeset/patch/file-patch.js'
import { parsePatch } from '../../changeset/patch/parse-patch.js'
import { findForeignEdit } from '../../changeset/patch/part-of-change.js'
import { patchRejected } from '../../changeset/patch/patch-error.js'
import { writePatch } from '../../changeset/patch/write-patch.js'
import type { Ports } from '../../os/ports.js'
import type { Session } from '../../session/session.js'
import { MovedWhileStaged } from '../stage-contents.js'
import type { GitPlace } from '../types.js'
import type { SideContent } from './read-side.js'

/** Both sides of a file as they were read. */
export type ReadSides = (change: Change) => { readonly project: SideContent; readonly session: SideContent }

/**
 * Checks that edits of files are the session's own, against a diff that git makes of both sides.
 * @throws OverlayError `PATCH_REJECTED`, and as `writePatch`; MovedWhileStaged when a side is not any more what was read
 */
export async function checkOwnEdits(
  ports: Ports,
  session: Session,
  git: GitPlace,
  edited: ReadonlyMap<Change, readonly LineEdit[]>,
  read: ReadSides,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (edited.size === 0) return
  const own = await diffOf(ports, session, git, [...edited.keys()], signal)
  const byPath = new Map(own.map((file) => [pathOfPatch(file), file]))
  for (const [change, edits] of edited) {
    const file = byPath.get(change.path)
    const sides = read(change)
    if (file?.binary !== undefined)
      throw patchRejected(change.path, undefined, 'it is a binary file, which is taken as a whole')
    const all = applyHunks(splitLines(sides.project.content), file?.hunks ?? [])
    if ('why' in all || all.content !== sides.session.content) throw new MovedWhileStaged(change.path)
    const foreign = findForeignEdit(edits, all.edits)
    if (foreign === undefined) continue
    const done = foreign.does === 'remove' ? 'removed' : 'added'
    throw patchRejected(
      change.path,
      foreign.hunk,
      `the session ${done} no such line at line ${foreign.at + 1} of the project's file`,
    )
  }
}

async function diffOf(
  ports: Ports,
  { project, upper }: Session,
  { path, tempDir }: GitPlace,
  changes: readonly Change[],
  signal: AbortSignal | undefined,
): Promise<ReturnType<typeof parsePatch>> {
  const pieces: Uint8Array[] = []
  await writePatch(ports, { base: project, upper }, changes, {
    format: 'patch',
    context: 0,
    renames: false,
    output: (piece) => void pieces.push(Buffer.from(piece)),
    tempDir,
    path,
    ...(signal === undefined ? {} : { signal }),
  })
  return parsePatch(Buffer.concat(pieces))
}
