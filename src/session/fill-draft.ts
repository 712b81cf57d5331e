import type { Fd, FileOps, Xattrs } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { isErrno } from '../os/system-error.js'
import { carriedXattrs } from '../overlay-format/plain-xattrs.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import { bytesFromText, jsonName } from '../paths/bytes.js'
import { relativeTo } from '../paths/rel-path.js'
import type { Spot } from './candidate-spots.js'
import type { Draft } from './draft.js'
import { type Epoch, takeEpoch } from './epoch.js'
import { expandHidePatterns, outermost } from './hide-patterns.js'
import { writeLayersOwner } from './layers-owner.js'
import { appendLog } from './log.js'
import { placeMasks } from './masks.js'
import { now } from './mount-record.js'
import { baseName, parentDir, withDir } from './open-dirs.js'
import { likeDirectory } from './upper-parents.js'

export interface DraftFill {
  readonly epoch: Epoch
  readonly masks: readonly RelPath[]
}

export interface FillOptions {
  readonly project: AbsPath
  readonly hide?: readonly string[] | undefined
  readonly fingerprint?: 'auto' | 'full' | undefined
  readonly signal?: AbortSignal | undefined
  /** While the whole project is read: entries so far. */
  readonly onFingerprint?: ((entries: number) => void) | undefined
}

/** Puts into a draft what a session has before its first mount, session.json apart. */
export async function fillDraft(ports: Ports, options: FillOptions, spot: Spot, draft: Draft): Promise<DraftFill> {
  const { ops, machine } = ports
  const { project, hide = [] } = options
  withDir(ops, draft.layers, (layers) => makeUpperLikeProject(ops, project, layers))
  const matching = await expandHidePatterns(ops, project, hide)
  const hidden = outermost([...hiddenState(project, spot.layersHome), ...matching])
  const masks = placeMasks(ops, { project, layers: draft.layers, hidden })
  if (draft.layers !== draft.dir) writeLayersOwner(ops, draft.layers, spot.home.dir)
  const details = { hide, layers: spot.layersHome === spot.home.dir ? undefined : jsonName(spot.layersHome) }
  await appendLog(ops, draft.dir, { at: now(ports), operation: 'create', details })
  const epoch = withDir(ops, project, (dir) =>
    takeEpoch(ops, machine, dir, isSameFileSystem(ops, dir, draft.dirFd) ? draft.dirFd : undefined),
  )
  if (options.fingerprint === 'full' || !epoch.ctimeTrusted) await fingerprintAll(ops, options, draft, masks)
  return { epoch, masks }
}

/** Where ctime proves nothing, or on demand. */
async function fingerprintAll(
  ops: FileOps,
  options: FillOptions,
  draft: Draft,
  masks: readonly RelPath[],
): Promise<void> {
  const { fingerprintProject } = await import('../fingerprint/fingerprint-project.js')
  const project = ops.openRoot(options.project)
  try {
    const { signal, onFingerprint: onProgress } = options
    await fingerprintProject(ops, project, draft.dirFd, {
      exclude: new Set(masks),
      carried: carriedXattrs,
      signal,
      onProgress,
    })
  } finally {
    ops.close(project)
  }
}

/** The root of merged shows the upper's own owner, mode, times and attributes. */
function makeUpperLikeProject(ops: FileOps, project: AbsPath, layers: Fd): void {
  const model = withDir(ops, project, (dir) => ops.statFd(dir))
  likeDirectory(ops, layers, bytesFromText('upper'), model, rootXattrs(ops, project))
}

function rootXattrs(ops: FileOps, project: AbsPath): Xattrs {
  if (project === '/') return new Map()
  try {
    return withDir(ops, parentDir(project), (parent) => ops.getXattrs(parent, baseName(project)))
  } catch (error) {
    // The root of a mount has no parent to be named from; one below a directory that may not be read neither.
    if (isErrno(error, 'EXDEV') || isErrno(error, 'EACCES')) return new Map()
    throw error
  }
}

/** Layers that lie in the project, but not in `.openagentic`, must not show in merged: an upper in itself gives ELOOP. */
function hiddenState(project: AbsPath, layersHome: AbsPath): RelPath[] {
  const inside = relativeTo(layersHome, project)
  return inside === undefined || inside === '' || inside.startsWith('.openagentic/') ? [] : [inside]
}

function isSameFileSystem(ops: FileOps, a: Fd, b: Fd): boolean {
  return ops.statFd(a).dev === ops.statFd(b).dev
}
