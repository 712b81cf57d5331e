import type { Ports } from '../os/ports.js'
import { markName } from '../overlay-format/mark-names.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { bufferFromBytes, bytesFromBuffer } from '../paths/bytes.js'
import { attachSession } from '../session/attach-session.js'
import { sessionState } from '../session/session-state.js'
import { unmountSession } from '../session/unmount-session.js'
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
  redirected: readonly RelPath[],
  commit: () => Promise<void>,
): Promise<void> {
  const stale = redirected.filter((path) => !leadsTo(view, path))
  if (stale.length === 0) return await commit()
  const { session } = view
  const attached = sessionState(ports, session).state === 'attached'
  if (attached) await unmountSession(ports, session)
  try {
    await commit()
    for (const path of stale) redirectToSelf(view, path)
  } finally {
    if (attached) await attachSession(ports, session, { backend: session.record.backend })
  }
}

function leadsTo({ ops, upper, session }: SessionView, path: RelPath): boolean {
  const mark = upper.at(path, (dir, name) => ops.getXattrs(dir, name)).get(markName(session.record.family, 'redirect'))
  return mark !== undefined && bytesFromBuffer(mark) === `/${path}`
}

function redirectToSelf({ ops, upper, session }: SessionView, path: RelPath): void {
  const mark = bufferFromBytes(`/${path}` as ByteString)
  upper.at(path, (dir, name) => ops.setXattr(dir, name, markName(session.record.family, 'redirect'), mark))
}
