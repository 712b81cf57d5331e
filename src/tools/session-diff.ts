import { selectChanges } from '../changeset/patch/select-changes.js'
import { writePatch } from '../changeset/patch/write-patch.js'
import { reviewSession } from '../commit/review-session.js'
import type { Ports } from '../os/ports.js'
import { bytesFromBuffer, jsonName } from '../paths/bytes.js'
import { hostPath } from '../paths/host-path.js'
import type { Session } from '../session/session.js'
import { chosenPaths } from './chosen-paths.js'

/** Git makes the patches. */
export interface GitSettings {
  /** Directories as in `PATH`, which is not read; `/usr/local/bin:/usr/bin:/bin` unless told. */
  readonly searchPath?: string | undefined
  /** Absolute path of a directory for copies of changed files, removed afterwards; `/tmp` unless told. */
  readonly tempDir?: string | undefined
}

export interface SessionDiffOptions {
  /** Only these and what lies below; all when left out. */
  readonly paths?: readonly string[] | undefined
  /** `patch` unless told: what `git apply` accepts. */
  readonly format?: 'patch' | 'stat' | undefined
  readonly signal?: AbortSignal | undefined
}

export interface SessionDiff {
  /** In the form of `jsonName`: plain text, unless a file is not UTF-8. */
  readonly text: string
  /** What the patch leaves out: devices, owners, files too large. */
  readonly notes: readonly { readonly path: string; readonly text: string }[]
}

/** @throws OverlayError `GIT_MISSING`, `GIT_FAILED`, `ABORTED`, `PATH_INVALID`, `PATH_OUTSIDE`, and as `reviewSession` */
export async function sessionDiff(
  ports: Ports,
  session: Session,
  { searchPath = '/usr/local/bin:/usr/bin:/bin', tempDir = '/tmp' }: GitSettings,
  { paths, format = 'patch', signal }: SessionDiffOptions,
): Promise<SessionDiff> {
  const chosen = chosenPaths(paths)
  const { changeSet } = await reviewSession(ports, session, { refusals: false, signal })
  const pieces: Uint8Array[] = []
  const roots = { base: session.project, upper: session.upper }
  const notes = await writePatch(ports, roots, selectChanges(changeSet.changes, chosen), {
    format,
    output: async (piece) => void pieces.push(Buffer.from(piece)),
    tempDir: hostPath(tempDir),
    path: searchPath,
    signal,
  })
  return {
    text: jsonName(bytesFromBuffer(Buffer.concat(pieces))),
    notes: notes.map(({ path, text }) => ({ path: jsonName(path), text })),
  }
}
