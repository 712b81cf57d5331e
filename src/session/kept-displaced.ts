import { OverlayError } from '../errors/overlay-error.js'
import type { FileOps } from '../os/file-ops.js'
import type { AbsPath } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { joinAbs } from '../paths/rel-path.js'
import { withDirIfAny } from './open-dirs.js'

/** Directories below `undo/` with what somebody wrote while a commit was taken back; see docs/commit-protocol.md. */
const leftBehind = /^rescued-/

/**
 * A commit that was cut short after its mark, or could not put everything back, leaves entries of the project that may be the only
 * copy. A session that has them is not removed.
 * @throws OverlayError `DISPLACED_KEPT`, with the directory
 */
export function refuseKeptDisplaced(ops: FileOps, dir: AbsPath): void {
  const journal = joinAbs(dir, 'journal')
  const marked = withDirIfAny(ops, journal, (fd) => ops.stat(fd, bytesFromText('mark')) !== undefined)
  if (marked === true) throw unfinished(journal)
  const undo = joinAbs(dir, 'undo')
  const names = withDirIfAny(ops, undo, (fd) => ops.scanDir(fd).map(({ name }) => name)) ?? []
  const kept = names.find((name) => leftBehind.test(name))
  if (kept !== undefined) throw displacedKept(joinAbs(undo, kept))
}

function unfinished(journal: AbsPath): OverlayError {
  const path = quoteName(journal)
  return new OverlayError('DISPLACED_KEPT', `Expected no commit that was cut short, found its journal, ${path}`, {
    path,
    hint: 'Run `openagentic-overlay recover` first.',
  })
}

function displacedKept(place: AbsPath): OverlayError {
  const path = quoteName(place)
  return new OverlayError(
    'DISPLACED_KEPT',
    `Expected nothing of the project in the session, found what a commit that was taken back had to keep, in ${path}`,
    {
      path,
      hint: 'Look at it (`plan` says what was where), move back what you need, and remove that directory.',
    },
  )
}
