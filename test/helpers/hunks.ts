import { tmpdir } from 'node:os'
import { parsePatch } from '../../src/changeset/patch/parse-patch.js'
import { selectChanges } from '../../src/changeset/patch/select-changes.js'
import { writePatch } from '../../src/changeset/patch/write-patch.js'
import { reviewSession } from '../../src/commit/review-session.js'
import type { GitPlace, HunkChoice } from '../../src/commit/types.js'
import type { Ports } from '../../src/os/ports.js'
import { absPath, relPath } from '../../src/paths/rel-path.js'
import type { Session } from '../../src/session/session.js'

export const gitPlace: GitPlace = { path: process.env.PATH ?? '', tempDir: absPath(tmpdir()) }

/** The patch of a session's changes, at some paths; bytes, one char each. */
export async function patchOf(ports: Ports, session: Session, paths: readonly string[] = []): Promise<string> {
  const { changeSet } = await reviewSession(ports, session)
  const changes = selectChanges(
    changeSet.changes,
    paths.map((path) => relPath(path)),
  )
  const pieces: Uint8Array[] = []
  await writePatch(ports, { base: session.project, upper: session.upper }, changes, {
    format: 'patch',
    output: (piece) => void pieces.push(Buffer.from(piece)),
    ...gitPlace,
  })
  return Buffer.concat(pieces).toString('latin1')
}

export function choiceOf(patch: string): HunkChoice {
  return { files: parsePatch(Buffer.from(patch, 'latin1')), whole: [], attributes: [] }
}

/** The patch without one of its hunks, counted from 0 over all files. */
export function withoutHunk(patch: string, number: number): string {
  let at = -1
  return patch
    .split(/^(?=@@ |diff --git )/m)
    .filter((piece) => {
      if (piece.startsWith('@@ ')) at += 1
      return !(piece.startsWith('@@ ') && at === number)
    })
    .join('')
}
