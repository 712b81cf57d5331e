import { OverlayError } from '../errors/overlay-error.js'
import type { Ports } from '../os/ports.js'
import { SystemError } from '../os/system-error.js'
import { markName } from '../overlay-format/mark-names.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { bufferFromBytes, bytesFromBuffer } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { attachSession } from '../session/attach-session.js'
import type { Session } from '../session/session.js'
import { sessionState } from '../session/session-state.js'
import { unmountSession } from '../session/unmount-session.js'
import type { RedirectMove } from './journal/journal-plan.js'
import type { SessionView } from './session-view.js'

/**
 * Runs `commit` for changes of which some carry a redirect mark in the upper. Once the project has the new name, the mark would lead
 * nowhere, and overlayfs must not see its upper change: so the session is unmounted while the commit makes the marks lead to the new
 * places, and mounted again as it was. (Without a mark, an entry below an opaque directory would lose its lower.)
 * @throws OverlayError `SESSION_BUSY`, before anything is changed, when the mount is in use
 */
export async function withRedirectsMoved(
  ports: Ports,
  session: Session,
  moves: readonly RedirectMove[],
  commit: () => Promise<string[]>,
): Promise<string[]> {
  if (moves.length === 0) return await commit()
  return await whileDetached(ports, session, commit, () => attachAgain(ports, session))
}

/**
 * Runs `commit` for a session that is not mounted meanwhile; after a failure it is mounted as before, and else if `after` does so.
 * @throws OverlayError `SESSION_BUSY`, before anything is changed, when the mount is in use
 */
export async function whileDetached(
  ports: Ports,
  session: Session,
  commit: () => Promise<string[]>,
  after?: () => Promise<string[]>,
): Promise<string[]> {
  const attached = sessionState(ports, session).state === 'attached'
  if (attached) await unmountSession(ports, session)
  try {
    const warnings = await commit()
    return attached && after !== undefined ? [...warnings, ...(await after())] : warnings
  } catch (error) {
    // What went wrong first is what is told.
    if (attached) await attachAgain(ports, session)
    throw error
  }
}

/** The project is committed by now, or was put back, so trouble with the mount is told, not thrown. */
async function attachAgain(ports: Ports, session: Session): Promise<string[]> {
  try {
    await attachSession(ports, session, { backend: session.record.backend })
    return []
  } catch (error) {
    if (!(error instanceof OverlayError || error instanceof SystemError)) throw error
    return [`The project is committed, but the session could not be mounted again: ${error.message}`]
  }
}

/** The marks that have to move when the entries at `redirected` are made real. */
export function redirectMoves(view: SessionView, redirected: readonly RelPath[]): RedirectMove[] {
  return redirected.flatMap((path) => {
    const before = readMark(view, path)
    const after = `/${path}` as ByteString
    return before === undefined || before === after ? [] : [{ path, before, after }]
  })
}

/** Makes the marks lead to the new places, past those that fail. Returns warnings. */
export function moveRedirects(view: SessionView, moves: readonly RedirectMove[]): string[] {
  const failed: string[] = []
  for (const { path, before, after } of moves) {
    try {
      if (readMark(view, path) === before) writeMark(view, path, after)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      failed.push(
        `The project is committed, but what lies below ${quoteName(path)} is lost to the session (${error.message}); make a new one.`,
      )
    }
  }
  return failed
}

function readMark({ ops, upper, session }: SessionView, path: RelPath): ByteString | undefined {
  const mark = upper.at(path, (dir, name) => ops.getXattrs(dir, name)).get(markName(session.record.family, 'redirect'))
  return mark === undefined ? undefined : bytesFromBuffer(mark)
}

function writeMark({ ops, upper, session }: SessionView, path: RelPath, mark: ByteString): void {
  const value = bufferFromBytes(mark)
  upper.at(path, (dir, name) => ops.setXattr(dir, name, markName(session.record.family, 'redirect'), value))
}
