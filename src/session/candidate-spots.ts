import { OverlayError } from '../errors/overlay-error.js'
import type { FileOps } from '../os/file-ops.js'
import { isErrno, SystemError } from '../os/system-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { withDir } from './open-dirs.js'
import { realPathOf } from './real-path.js'
import { prepareProjectHome, prepareStateHome, type SessionHome } from './session-home.js'
import { tidyProjectHome, tidyStateHome } from './tidy-home.js'

/** Where a session could lie. */
export interface Spot {
  readonly home: SessionHome
  /** Directory in which the layers' own directory lies: the home itself, or elsewhere. */
  readonly layersHome: AbsPath
}

export interface SpotWish {
  readonly project: AbsPath
  /** Left out: there is none but the project, and `stateDir`. */
  readonly stateRoot?: AbsPath | undefined
  readonly stateDir?: AbsPath | undefined
}

/**
 * The places to try for a new session, best first, each made when it is its turn; or the reason why one is none. The
 * record stays in the project wherever that can be written, and only the layers move: so `list` finds it.
 * @throws OverlayError `PROJECT_INVALID`, `STATE_DIR_INVALID`
 */
export function* candidateSpots(ops: FileOps, wish: SpotWish): Generator<Spot | { readonly obstacle: string }> {
  const { project, stateRoot, stateDir } = wish
  const own = prepareProjectHome(ops, project)
  if ('obstacle' in own) yield own
  const home = 'obstacle' in own ? stateRoot && stateHome(ops, stateRoot, project) : own
  if (home === undefined) return
  if (stateDir !== undefined) {
    yield { home, layersHome: stateHome(ops, stateDir, project).dir }
    return
  }
  yield { home, layersHome: home.dir }
  if (home.inProject && stateRoot !== undefined) yield { home, layersHome: stateHome(ops, stateRoot, project).dir }
}

/** Removes what {@link candidateSpots} made and nobody uses, as far as that goes: it runs when something failed already. */
export function tidySpots(ops: FileOps, { project, stateRoot, stateDir }: SpotWish): void {
  const tasks = [
    () => tidyProjectHome(ops, project),
    () => stateRoot !== undefined && tidyStateHome(ops, stateRoot, project),
    () => stateDir !== undefined && tidyStateHome(ops, stateDir, project),
  ]
  for (const task of tasks) {
    try {
      task()
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
    }
  }
}

const problems: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'its file system is read-only',
  ENOTDIR: 'a part of the path is no directory',
}

/** By its real path: a symlink that is changed later must not move a session. */
function stateHome(ops: FileOps, root: AbsPath, project: AbsPath): SessionHome {
  try {
    const home = prepareStateHome(ops, root, project)
    return { ...home, dir: withDir(ops, home.dir, (dir) => realPathOf(ops, dir)) ?? home.dir }
  } catch (error) {
    const errno = Object.keys(problems).find((code) => isErrno(error, code))
    if (errno === undefined) throw error
    throw new OverlayError(
      'STATE_DIR_INVALID',
      `Expected to make directories in ${quoteName(root)}: ${problems[errno]}`,
      {
        path: quoteName(root),
        hint: 'Name another directory with --state-dir.',
        cause: error,
      },
    )
  }
}
