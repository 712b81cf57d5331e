import { OverlayError } from '../errors/overlay-error.js'
import type { FileOps } from '../os/file-ops.js'
import type { AbsPath } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { joinAbs } from '../paths/rel-path.js'
import { withDirIfAny } from './open-dirs.js'

/** Directories below `undo/` that a commit which went wrong left; see docs/commit.md. */
const leftBehind = /^(interrupted|rescued)-/

/**
 * A commit that was killed, or could not put everything back, leaves entries of the project that may be the only copy. A session that
 * has them is not removed.
 * @throws OverlayError `DISPLACED_KEPT`, with the directory
 */
export function refuseKeptDisplaced(ops: FileOps, dir: AbsPath): void {
  const stage = joinAbs(dir, 'stage')
  const marked = withDirIfAny(ops, stage, (fd) => ops.stat(fd, bytesFromText('applying')) !== undefined)
  if (marked === true) throw displacedKept(stage)
  const undo = joinAbs(dir, 'undo')
  const names = withDirIfAny(ops, undo, (fd) => ops.scanDir(fd).map(({ name }) => name)) ?? []
  const kept = names.find((name) => leftBehind.test(name))
  if (kept !== undefined) throw displacedKept(joinAbs(undo, kept))
}

function displacedKept(place: AbsPath): OverlayError {
  const path = quoteName(place)
  return new OverlayError(
    'DISPLACED_KEPT',
    `Expected nothing of the project in the session, found what a commit that was cut short had moved away, in ${path}`,
    {
      path,
      hint: 'Look at it (`displaced.jsonl` says what was where), move back what you need, and remove that directory.',
    },
  )
}
