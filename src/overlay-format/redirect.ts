import { OverlayError } from '../errors/overlay-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { isWithin, joinRel, relPath } from '../paths/rel-path.js'

export interface RedirectContext {
  /** The entry that carries the mark, by its path in merged (for messages). */
  readonly at: RelPath
  /** The project's directory that its parent is merged with; `undefined`: none, so a relative redirect leads nowhere. */
  readonly parentLower: RelPath | undefined
  /** Paths that no redirect may lead to or below: the session's masks. */
  readonly hidden: readonly RelPath[]
}

/**
 * The project path that a redirect mark names, by its text alone; `undefined` where merged follows none.
 * A mark is a path from the project's root (`/a/b`) or one name beside the parent's lower directory (`b`), as
 * overlayfs writes them; nothing is looked up.
 * @throws OverlayError `UPPER_FORGED` for a mark that overlayfs never writes: empty, a path that ends in `/` or holds an empty,
 * `.` or `..` component, a relative one with a slash, or one that leads into a masked path.
 */
export function resolveRedirect(mark: ByteString, context: RedirectContext): RelPath | undefined {
  const absolute = mark.startsWith('/')
  if (!absolute && mark.includes('/')) throw forged(context.at, mark, 'a relative redirect is one name')
  const named = checkedPath(absolute ? (mark.slice(1) as ByteString) : mark, mark, context.at)
  if (!absolute && context.parentLower === undefined) return undefined
  const target = absolute ? named : joinRel(context.parentLower as RelPath, named)
  for (const top of context.hidden) {
    if (isWithin(target, top)) throw forged(context.at, mark, `${quoteName(top)} is hidden from sessions`)
  }
  return target
}

function checkedPath(text: ByteString, mark: ByteString, at: RelPath): RelPath {
  if (text === '') throw forged(at, mark, 'it names nothing')
  try {
    return relPath(text)
  } catch (error) {
    if (error instanceof OverlayError && error.code === 'PATH_INVALID') throw forged(at, mark, error.message, error)
    throw error
  }
}

function forged(at: RelPath, mark: ByteString, reason: string, cause?: unknown): OverlayError {
  return new OverlayError('UPPER_FORGED', `The redirect ${quoteName(mark)} of ${quoteName(at)} was forged: ${reason}`, {
    path: quoteName(at),
    hint: 'Somebody changed the session’s upper directory by hand. Discard this path from the session, or the session.',
    cause,
  })
}
