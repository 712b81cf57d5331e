import { OverlayError } from '../errors/overlay-error.js'
import type { MountBackend } from '../mount/backend.js'
import { createBackends } from '../mount/backends.js'
import { type BackendWish, isAboutLayers, noBackend, type Rejected } from '../mount/choose-backend.js'
import type { FuseBinding } from '../mount/fuse/server-plan.js'
import { familyOf } from '../mount/overlay-options.js'
import { upperObstacle } from '../mount/upper-support.js'
import type { Ports } from '../os/ports.js'
import { isErrno } from '../os/system-error.js'
import type { MarkFamily } from '../overlay-format/mark-names.js'
import type { AbsPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { joinAbs } from '../paths/rel-path.js'
import type { SessionId } from '../paths/session-id.js'
import { candidateSpots, type Spot, tidySpots } from './candidate-spots.js'
import { createDraft, type Draft } from './draft.js'
import { type DraftFill, fillDraft } from './fill-draft.js'
import { type Draw, generatedId } from './generated-id.js'
import { mountRecord, now } from './mount-record.js'
import { withDir } from './open-dirs.js'
import { checkProject } from './project.js'
import { writeFirstRecord } from './record-file.js'
import type { Session } from './session.js'
import { readOwnership, sessionLimits } from './session-limits.js'
import type { SessionRecord } from './session-record.js'
import { wishFor } from './wish-for.js'

export interface CreateOptions {
  readonly project: AbsPath
  /** Made up when left out. */
  readonly id?: SessionId | undefined
  readonly backend?: BackendWish | undefined
  /** Of the backend `fuse`, which it asks for. Left out: the kernel's protocol, or fuse-native where that cannot mount. */
  readonly fuseBinding?: FuseBinding | undefined
  /** What to hide from the session, in gitignore's syntax. */
  readonly hide?: readonly string[] | undefined
  /** Where sessions go that cannot lie in their project: `$XDG_STATE_HOME/openagentic/overlay`. Left out: nowhere, `STATE_ROOT_NEEDED`. */
  readonly stateRoot?: AbsPath | undefined
  /** Where the user wants the layers to lie. */
  readonly stateDir?: AbsPath | undefined
  readonly fingerprint?: 'auto' | 'full' | undefined
  readonly signal?: AbortSignal | undefined
  /** While the whole project is fingerprinted: entries read so far. */
  readonly onFingerprint?: ((entries: number) => void) | undefined
  /** For tests: how an id is drawn, and what mounts. */
  readonly draw?: Draw | undefined
  readonly backends?: readonly MountBackend[] | undefined
}

export interface CreatedSession {
  readonly session: Session
  /** Why the layers (or all of the session) do not lie in the project; `undefined` when they do, or were told not to. */
  readonly movedBecause: string | undefined
  /** The backends that came before the one in use, with why they are not. */
  readonly rejected: readonly Rejected[]
  /** What the session cannot do that its user may expect, in sentences. */
  readonly limits: readonly string[]
}

/** Tries before it is given up that somebody else tidies `.openagentic` away at the same moment. */
const races = 5

/**
 * Makes a session and mounts it. When it fails, nothing of it is left.
 * @throws OverlayError `PROJECT_INVALID`, `SESSION_EXISTS`, `MOUNT_UNAVAILABLE`, `MOUNT_FAILED` when no place can hold
 * the layers, `STATE_DIR_INVALID`, `USAGE` for a bad pattern; SystemError (a full disk)
 */
export async function createSession(ports: Ports, options: CreateOptions): Promise<CreatedSession> {
  const project = checkProject(ports, options.project)
  const backend = wishFor(options)
  for (let race = 1; ; race += 1) {
    try {
      return await createSomewhere(ports, { ...options, project, backend })
    } catch (error) {
      tidySpots(ports.ops, { ...options, project })
      if (!isErrno(error, 'ENOENT') || race === races) throw error
    }
  }
}

async function createSomewhere(ports: Ports, options: CreateOptions): Promise<CreatedSession> {
  const backends = options.backends ?? createBackends(ports, options.fuseBinding)
  const ownership = readOwnership(ports.ops, options.project)
  const problems: string[] = []
  for (const spot of candidateSpots(ports.ops, options)) {
    const outcome = 'obstacle' in spot ? spot : await createAt(ports, options, spot, backends)
    if (!('obstacle' in outcome)) {
      const limits = [...sessionLimits(outcome.session.record.backend, ownership), ...outcome.limits]
      return { ...outcome, limits, movedBecause: problems.length > 0 ? problems.join('; ') : undefined }
    }
    problems.push(outcome.obstacle)
  }
  throw noPlace(options, problems)
}

type Outcome =
  | { readonly session: Session; readonly rejected: readonly Rejected[]; readonly limits: readonly string[] }
  | { readonly obstacle: string }

async function createAt(
  ports: Ports,
  options: CreateOptions,
  spot: Spot,
  backends: readonly MountBackend[],
): Promise<Outcome> {
  const draft = createDraft(ports.ops, spot.home.dir, spot.layersHome)
  let outcome: Outcome | undefined
  try {
    outcome = await createInDraft(ports, options, spot, { backends, draft })
    return outcome
  } finally {
    if (outcome === undefined || 'obstacle' in outcome) draft.discard()
    else ports.ops.close(draft.dirFd)
  }
}

interface Making {
  readonly backends: readonly MountBackend[]
  readonly draft: Draft
}

async function createInDraft(ports: Ports, options: CreateOptions, spot: Spot, making: Making): Promise<Outcome> {
  const { draft, backends } = making
  const wish = options.backend ?? 'auto'
  const family = likelyFamily(backends, wish)
  const obstacle = withDir(ports.ops, draft.layers, (layers) => upperObstacle(ports.ops, layers, family))
  if (obstacle !== undefined) return { obstacle }
  const fill = await fillDraft(ports, options, spot, draft)
  const record = publish(ports, options, draft, (id) => firstRecord(ports, options, spot, { id, family, fill }))
  const { dirFd, dir } = draft
  const { session, rejected, limits } = await mountRecord(ports, {
    backends,
    wish,
    family: undefined,
    dir,
    dirFd,
    record,
  })
  if (session !== undefined) return { session, rejected, limits }
  const aboutLayers = rejected.find(isAboutLayers)
  if (aboutLayers === undefined) throw noBackend(wish, rejected)
  return { obstacle: aboutLayers.reason }
}

/** The family of the backend that will be tried first. */
function likelyFamily(backends: readonly MountBackend[], wish: BackendWish): MarkFamily {
  const isOpen = ({ name, impossible }: MountBackend): boolean => wish === name || impossible() === undefined
  const first = backends.find((backend) => (wish === 'auto' || wish === backend.name) && isOpen(backend))
  return familyOf(first?.name ?? 'userns')
}

/** Gives the draft its id, the wanted one or one made up; session.json is in place before. */
function publish(
  { ops }: Ports,
  options: CreateOptions,
  draft: Draft,
  recordFor: (id: SessionId) => SessionRecord,
): SessionRecord {
  for (let attempt = 0; ; attempt += 1) {
    const id = options.id ?? generatedId(options.draw ?? draw, attempt)
    const record = recordFor(id)
    writeFirstRecord(ops, draft.dirFd, record)
    if (draft.publish(id)) return record
    if (options.id !== undefined) throw sessionExists(options.project, id)
  }
}

function firstRecord(
  ports: Ports,
  options: CreateOptions,
  spot: Spot,
  { id, family, fill }: { readonly id: SessionId; readonly family: MarkFamily; readonly fill: DraftFill },
): SessionRecord {
  return {
    id,
    project: options.project,
    created: now(ports),
    lastSeen: now(ports),
    backend: family === 'trusted' ? 'kernel' : 'userns',
    family,
    epoch: fill.epoch,
    fingerprint: options.fingerprint ?? 'auto',
    hide: options.hide ?? [],
    masks: fill.masks,
    layers: spot.layersHome === spot.home.dir ? undefined : joinAbs(spot.layersHome, id),
    holder: undefined,
    servedByFuse: false,
  }
}

function draw(below: number): number {
  return Math.floor(Math.random() * below)
}

function sessionExists(project: AbsPath, id: SessionId): OverlayError {
  return new OverlayError('SESSION_EXISTS', `Expected no session "${id}" of ${quoteName(project)} yet, found one`, {
    path: quoteName(project),
    hint: 'Attach it with `openagentic-overlay mount`, discard it, or choose another id.',
  })
}

function noPlace({ project, stateDir, stateRoot }: CreateOptions, problems: readonly string[]): OverlayError {
  const path = quoteName(stateDir ?? project)
  if (stateRoot === undefined && stateDir === undefined) return noStateRoot(path, problems)
  const places = stateDir === undefined && stateRoot !== undefined ? `${path} and ${quoteName(stateRoot)}` : path
  const why = `Expected a place that can hold the session's layers, tried ${places}: ${problems.join('; ')}`
  return new OverlayError(stateDir === undefined ? 'MOUNT_FAILED' : 'STATE_DIR_INVALID', why, {
    path,
    hint: 'Name a directory on ext4, xfs, btrfs or tmpfs with --state-dir.',
  })
}

function noStateRoot(path: string, problems: readonly string[]): OverlayError {
  const why = `Expected a project that can hold its sessions at ${path}: ${problems.join('; ')}`
  return new OverlayError('STATE_ROOT_NEEDED', why, {
    path,
    hint: 'Give `stateRoot`, a directory on ext4, xfs, btrfs or tmpfs for sessions that cannot lie in their project.',
  })
}
