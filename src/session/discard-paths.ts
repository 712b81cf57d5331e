import { OverlayError } from '../errors/overlay-error.js'
import type { MountBackend } from '../mount/backend.js'
import { createBackends } from '../mount/backends.js'
import { noBackend } from '../mount/choose-backend.js'
import { createDirCache, type DirCache } from '../os/dir-cache.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { removeTree } from '../os/remove-tree.js'
import { uniqueText } from '../os/unique-text.js'
import { decodeMarks } from '../overlay-format/marks.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { jsonName } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { ancestorsOf } from '../paths/rel-path.js'
import { detach } from './detach.js'
import { removedPrefix } from './draft.js'
import { loadSession } from './find-session.js'
import { outermost } from './hide-patterns.js'
import { appendLog } from './log.js'
import { overlayMask, placeMasks } from './masks.js'
import { mountRecord, now } from './mount-record.js'
import { withDir } from './open-dirs.js'
import { saveRecord } from './record-file.js'
import { type Session, sessionOf } from './session.js'
import { lockState } from './session-lock.js'

export interface DiscardPathsOptions {
  readonly backends?: readonly MountBackend[] | undefined
}

/**
 * Drops what a session changed at some paths and below them: merged shows the project's there again. A session that
 * is mounted is unmounted for it and mounted again. Both ends of a rename have to be named.
 * @throws OverlayError `NO_SUCH_CHANGE` (nothing was done), `SESSION_BUSY`, `PATH_INVALID` for a path that only goes
 * together with a directory above it, `MOUNT_UNAVAILABLE` (it is detached then, and intact)
 */
export async function discardPaths(
  ports: Ports,
  { project, dir }: Session,
  paths: readonly RelPath[],
  options: DiscardPathsOptions = {},
): Promise<Session> {
  const { ops } = ports
  const backends = options.backends ?? createBackends(ports)
  const lock = await lockState(ops, dir)
  try {
    const session = loadSession(ops, project, dir)
    const wanted = outermost(paths)
    inUpper(ops, session, (upper, lower) => {
      for (const path of wanted) checkPath(ops, session, upper, lower, path)
    })
    const wasMounted = await detach(ports, backends, session)
    const detached = { ...session.record, holder: undefined, lastSeen: now(ports) }
    saveRecord(ops, lock.fd, detached)
    inUpper(ops, session, (upper) => removePaths(ops, session, upper, wanted))
    placeMasks(ops, { ...session, hidden: detached.masks.filter((mask) => mask !== overlayMask) })
    await appendLog(ops, dir, { at: now(ports), operation: 'discard', details: { paths: wanted.map(jsonName) } })
    if (!wasMounted) return sessionOf(dir, detached)
    const { backend: wish, family } = detached
    const mounted = await mountRecord(ports, { backends, wish, family, dir, dirFd: lock.fd, record: detached })
    if (mounted.session === undefined) throw noBackend(wish, mounted.rejected)
    return mounted.session
  } finally {
    lock.release()
  }
}

function inUpper(ops: FileOps, session: Session, use: (upper: DirCache, lower: DirCache) => void): void {
  withDir(ops, session.upper, (upperFd) =>
    withDir(ops, session.project, (lowerFd) => {
      const caches = [createDirCache(ops, upperFd), createDirCache(ops, lowerFd)] as const
      try {
        use(...caches)
      } finally {
        for (const cache of caches) cache.close()
      }
    }),
  )
}

function checkPath(ops: FileOps, session: Session, upper: DirCache, lower: DirCache, path: RelPath): void {
  if (path === '' || session.record.masks.includes(path) || upper.stat(path) === undefined) {
    throw new OverlayError('NO_SUCH_CHANGE', `Expected a change of the session at ${quoteName(path)}, found none`, {
      path: quoteName(path),
      hint: 'See `openagentic-overlay status`; name a deleted or replaced directory as a whole.',
    })
  }
  const cover = ancestorsOf(path).find((dir) => dir !== '' && isOpaque(ops, session, upper, dir))
  if (cover === undefined || lower.stat(path) === undefined) return
  throw new OverlayError(
    'PATH_INVALID',
    `Expected a path to discard by itself, got ${quoteName(path)}: the session replaced ${quoteName(cover)} as a whole`,
    {
      path: quoteName(path),
      hint: `Discard ${quoteName(cover)}.`,
    },
  )
}

/** The project's directory of that path does not show through. */
function isOpaque(ops: FileOps, { record }: Session, upper: DirCache, dir: RelPath): boolean {
  const xattrs = upper.at(dir, (parent, name) => ops.getXattrs(parent, name))
  return decodeMarks(xattrs, record.family).opaque === 'y'
}

/** Each goes in one step: a crash leaves a path as it was, or discarded. */
function removePaths(ops: FileOps, session: Session, upper: DirCache, paths: readonly RelPath[]): void {
  withDir(ops, session.layers, (layers: Fd) => {
    const gone = `${removedPrefix}${uniqueText()}` as ByteString
    for (const path of paths) {
      upper.at(path, (dir, name) => ops.rename(dir, name, layers, gone, 'noreplace'))
      upper.forget()
      removeTree(ops, layers, gone)
    }
  })
}
