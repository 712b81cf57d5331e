import { type AbsPath, absPath, type ByteString, OverlayError, quoteName, type RelPath, relativeTo } from '../index.js'

/** What a typed path may be relative to. */
export interface PathBase {
  readonly project: AbsPath
  /** The session's merged directory, below which a path means the same. */
  readonly merged: AbsPath
  /** Working directory, or the project where `-C` named it. */
  readonly start: AbsPath
}

/**
 * The path below the project that a person means: relative to where they stand, in the project or in merged.
 * @throws OverlayError `PATH_INVALID` when it lies elsewhere
 */
export function projectPath(base: PathBase, typed: ByteString): RelPath {
  if (typed === '') throw outside(base, typed)
  const { project, merged, start } = base
  const isStartKnown = relativeTo(start, project) !== undefined || relativeTo(start, merged) !== undefined
  const absolute = absPath(typed.startsWith('/') ? typed : `${isStartKnown ? start : project}/${typed}`)
  const path = relativeTo(absolute, merged) ?? relativeTo(absolute, project)
  if (path === undefined) throw outside(base, typed)
  return path
}

function outside({ project }: PathBase, typed: ByteString): OverlayError {
  return new OverlayError('PATH_INVALID', `Expected a path in ${quoteName(project)}, got ${quoteName(typed) || '""'}`, {
    path: quoteName(typed),
    hint: 'Name a path relative to the project or to your working directory in it.',
  })
}
