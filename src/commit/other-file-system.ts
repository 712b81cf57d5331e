import { OverlayError } from '../errors/overlay-error.js'
import { quoteName } from '../paths/quote-name.js'
import type { SessionView } from './session-view.js'

/**
 * What is built for a commit reaches the project by a rename.
 * @throws OverlayError `COMMIT_FAILED` when the session's record is not on the project's file system
 */
export function refuseOtherFileSystem({ ops, dir, base, session }: SessionView): void {
  if (ops.statFd(dir).dev === ops.statFd(base.root).dev) return
  throw new OverlayError(
    'COMMIT_FAILED',
    `Expected to write to ${quoteName(session.project)}, found that the session's record had to be kept elsewhere`,
    {
      path: quoteName(session.project),
      hint: 'The project cannot be written. Make it writable and mount a new session, or copy what you need out of the merged directory.',
    },
  )
}
