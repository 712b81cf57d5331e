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
 * Runs `commit` for changes of which some carry a redirect mark in the upper, by their paths. Once the project has the new name, the mark
 * would lead nowhere, and overlayfs must not see its upper change: so the session is unmounted meanwhile, the marks are made to lead to
 * the new place, and it is mounted again as it was. (Without a mark, an entry below an opaque directory would lose its lower.)
 * @throws OverlayError `SESSION_BUSY`, before anything is changed, when the mount is in use
 */
export async function withRedirectsMoved(
  ports: Ports,
  view: SessionView,
  moves: readonly RedirectMove[],
  commit: () => Promise<string[]>,
): Promise<string[]> {
  if (moves.length === 0) return await commit()
  const { session } = view
  const attached = await detach(ports, session)
  const again = (): Promise<string[]> =>
    attached ? warningOf(() => attach(ports, session), 'could not be mounted again') : Promise.resolve([])
  let warnings: string[]
  try {
    warnings = await commit()
  } catch (error) {
    // What went wrong first is what is told.
    await again()
    throw error
  }
  return [...warnings, ...moveRedirects(view, moves), ...(await again())]
}

/**
 * Runs `commit` for a session that ends with it; after a failure it is mounted as before.
 * @throws OverlayError `SESSION_BUSY`, before anything is changed, when the mount is in use
 */
export async function whileDetached(
  ports: Ports,
  session: Session,
  commit: () => Promise<string[]>,
): Promise<string[]> {
  const attached = await detach(ports, session)
  try {
    return await commit()
  } catch (error) {
    // What went wrong first is what is told.
    if (attached) await warningOf(() => attach(ports, session), 'could not be mounted again')
    throw error
  }
}

async function attach(ports: Ports, session: Session): Promise<void> {
  await attachSession(ports, session, { backend: session.record.backend })
}

/** Whether it was mounted. */
async function detach(ports: Ports, session: Session): Promise<boolean> {
  const attached = sessionState(ports, session).state === 'attached'
  if (attached) await unmountSession(ports, session)
  return attached
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

/** The project is committed by now, so trouble with the session is told, not thrown. */
async function warningOf(work: () => Promise<void>, what: string): Promise<string[]> {
  try {
    await work()
    return []
  } catch (error) {
    if (!(error instanceof OverlayError || error instanceof SystemError)) throw error
    return [`The project is committed, but the session ${what}: ${error.message}`]
  }
}

function readMark({ ops, upper, session }: SessionView, path: RelPath): ByteString | undefined {
  const mark = upper.at(path, (dir, name) => ops.getXattrs(dir, name)).get(markName(session.record.family, 'redirect'))
  return mark === undefined ? undefined : bytesFromBuffer(mark)
}

function writeMark({ ops, upper, session }: SessionView, path: RelPath, mark: ByteString): void {
  const value = bufferFromBytes(mark)
  upper.at(path, (dir, name) => ops.setXattr(dir, name, markName(session.record.family, 'redirect'), value))
}
