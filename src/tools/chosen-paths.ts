import type { RelPath } from '../paths/byte-string.js'
import { workspacePath } from '../workspace/workspace-path.js'

/** Paths as text; none for all: none was given, or the project itself was. @throws OverlayError `PATH_INVALID`, `PATH_OUTSIDE` */
export function chosenPaths(paths: readonly string[] = []): RelPath[] {
  const chosen = paths.map(workspacePath)
  return chosen.includes('' as RelPath) ? [] : chosen
}
