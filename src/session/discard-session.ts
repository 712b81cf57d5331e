import { OverlayError } from '../errors/overlay-error.js'
import type { MountBackend } from '../mount/backend.js'
import { createBackends } from '../mount/backends.js'
import { removeShadow } from '../mount/shadow.js'
import type { FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { removeTree } from '../os/remove-tree.js'
import { uniqueText } from '../os/unique-text.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { detach } from './detach.js'
import { removedPrefix } from './draft.js'
import { loadSession } from './find-session.js'
import { refuseKeptDisplaced } from './kept-displaced.js'
import { readLayersOwner } from './layers-owner.js'
import { placeInProject, sessionLayout } from './layout.js'
import { baseName, parentDir, withDirIfAny } from './open-dirs.js'
import { placeOf, type Session } from './session.js'
import { isHeld, lockState } from './session-lock.js'
import { tidyLayersHome, tidyProjectHome } from './tidy-home.js'

export interface DiscardOptions {
  readonly backends?: readonly MountBackend[] | undefined
}

/**
 * Unmounts a session and removes all of it. After a project's last session its `.openagentic` goes too.
 * @throws OverlayError `SESSION_BUSY`, `NO_SUCH_SESSION`, `DISPLACED_KEPT`, `SESSION_CORRUPT` (see {@link discardCorruptSession}), `MOUNT_BELOW`
 */
export async function discardSession(
  ports: Ports,
  { project, dir }: Session,
  options: DiscardOptions = {},
): Promise<void> {
  const { ops } = ports
  const lock = await lockState(ops, dir)
  try {
    const session = loadSession(ops, project, dir)
    refuseKeptDisplaced(ops, dir)
    await detach(ports, options.backends ?? createBackends(ports), session)
    const { layers, shadow } = placeOf(dir, session.record)
    removeDirs(ops, dir, layers)
    removeShadow(ops, shadow)
  } finally {
    lock.release()
  }
  tidyAfter(ops, project, dir)
}

/**
 * Removes a session whose record cannot be read: it cannot be unmounted, as nothing says how it is mounted. Layers
 * that lie elsewhere are removed only from the default place, `<state root>/<project key>`.
 * @throws OverlayError `SESSION_BUSY` while a holder keeps it locked, `MOUNT_BELOW`
 */
export async function discardCorruptSession(
  ports: Ports,
  {
    project,
    dir,
    defaultLayers,
  }: { readonly project: AbsPath; readonly dir: AbsPath; readonly defaultLayers: AbsPath | undefined },
): Promise<void> {
  const { ops } = ports
  const lock = await lockState(ops, dir)
  try {
    const place = { dir, layers: dir, shadow: placeInProject(project, baseName(dir) as string as Session['id']).shadow }
    if (isHeld(ops, sessionLayout(place).lock)) throw stillHeld(dir)
    refuseKeptDisplaced(ops, dir)
    const isMine = defaultLayers !== undefined && readLayersOwner(ops, defaultLayers) === parentDir(dir)
    removeDirs(ops, dir, isMine ? defaultLayers : dir)
    removeShadow(ops, place.shadow)
  } finally {
    lock.release()
  }
  tidyAfter(ops, project, dir)
}

/** The record goes first, in one step: a session is there as a whole or not at all. */
function removeDirs(ops: FileOps, dir: AbsPath, layers: AbsPath): void {
  removeDir(ops, dir)
  if (layers === dir) return
  removeDir(ops, layers)
  tidyLayersHome(ops, layers)
}

function removeDir(ops: FileOps, path: AbsPath): void {
  const gone = `${removedPrefix}${baseName(path)}-${uniqueText()}` as ByteString
  withDirIfAny(ops, parentDir(path), (parent) => {
    if (ops.stat(parent, baseName(path)) === undefined) return
    ops.rename(parent, baseName(path), parent, gone, 'noreplace')
    try {
      removeTree(ops, parent, gone)
    } catch (error) {
      // Nothing has been removed when something is mounted below.
      if (error instanceof OverlayError) ops.rename(parent, gone, parent, baseName(path), 'noreplace')
      throw error
    }
  })
}

function tidyAfter(ops: FileOps, project: AbsPath, dir: AbsPath): void {
  if (parentDir(dir) === parentDir(placeInProject(project, baseName(dir) as string as Session['id']).dir)) {
    tidyProjectHome(ops, project)
  } else tidyLayersHome(ops, dir)
}

function stillHeld(dir: AbsPath): OverlayError {
  return new OverlayError(
    'SESSION_BUSY',
    `Expected session "${quoteName(baseName(dir))}" to be unmounted: a process keeps it locked`,
    {
      path: quoteName(dir),
      hint: 'End the process openagentic-holder that has the id of the session as its argument.',
    },
  )
}
