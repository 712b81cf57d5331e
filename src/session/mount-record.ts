import type { Attachment, MountBackend, MountPlan } from '../mount/backend.js'
import { backendNamed } from '../mount/backends.js'
import { attachFirst, type BackendWish, type Rejected } from '../mount/choose-backend.js'
import { mountsBelow } from '../mount/find-mount.js'
import { readMachineFacts } from '../mount/machine-facts.js'
import { explainRefusal, type RefusalFacts } from '../mount/probe-reasons.js'
import type { Fd } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import type { MarkFamily } from '../overlay-format/mark-names.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import { overlayDirName } from '../paths/overlay-dir.js'
import { sessionLayout } from './layout.js'
import { saveRecord } from './record-file.js'
import { placeOf, type Session, sessionOf } from './session.js'
import type { HolderIdentity, SessionRecord } from './session-record.js'

export interface MountRequest {
  readonly backends: readonly MountBackend[]
  readonly wish: BackendWish
  /** Of a session that exists; `undefined` for a new one. */
  readonly family: MarkFamily | undefined
  /** A redirect that the upper of a `user` session holds, if it does: no kernel mount follows it. */
  readonly redirect?: RelPath | undefined
  /** Directory of the record, and the same, open. */
  readonly dir: AbsPath
  readonly dirFd: Fd
  readonly record: SessionRecord
}

export interface MountedRecord {
  readonly session: Session | undefined
  readonly rejected: readonly Rejected[]
  /** What the session cannot do because of how it is mounted, in sentences. */
  readonly limits: readonly string[]
}

/** Mounts a session and writes into its record by whom. `session` is undefined when every backend refused. */
export async function mountRecord(ports: Ports, request: MountRequest): Promise<MountedRecord> {
  const { backends, wish, family, dir, dirFd, record } = request
  const plan = { ...planOf(dir, record), index: family === undefined ? indexPlan(dir, record) : undefined }
  const outcome = await attachFirst({
    backends,
    wish,
    family,
    redirect: request.redirect,
    plan,
    explain: (backend, refusal) => explainRefusal(backend, refusal, refusalFacts(ports, record.project)),
  })
  if (outcome.attachment === undefined) return { session: undefined, rejected: outcome.rejected, limits: [] }
  const attached = attachedRecord(ports, record, outcome.attachment, outcome.family)
  try {
    saveRecord(ports.ops, dirFd, attached)
  } catch (error) {
    await backendNamed(backends, attached.backend).detach(outcome.attachment, plan)
    throw error
  }
  return { session: sessionOf(dir, attached), rejected: outcome.rejected, limits: outcome.limits }
}

function refusalFacts({ ops, machine, holder }: Ports, project: AbsPath): RefusalFacts {
  return { ...readMachineFacts(ops, holder.program), mountsBelow: mountsBelow(machine, project) }
}

/** The record of a session that is attached as `attachment` says. */
export function attachedRecord(
  ports: Ports,
  record: SessionRecord,
  attachment: Attachment,
  family: MarkFamily,
): SessionRecord {
  const { holder, backend } = attachment
  const servedByFuse = record.servedByFuse || backend === 'fuse'
  return { ...record, backend, family, servedByFuse, holder: identified(ports, holder), lastSeen: now(ports) }
}

/** What a backend needs to know of a session, but for the family. */
export function planOf(dir: AbsPath, record: SessionRecord): Omit<MountPlan, 'family'> {
  const { upper, work, shadow, lock } = sessionLayout(placeOf(dir, record))
  return { lower: record.project, upper, work, shadow, lock, title: record.id }
}

/** Only a session that begins can learn what it began with. Without a ctime it proves nothing, and a whole ledger knows more. */
function indexPlan(dir: AbsPath, record: SessionRecord): MountPlan['index'] {
  if (!record.epoch.ctimeTrusted || record.fingerprint === 'full') return undefined
  return { file: sessionLayout(placeOf(dir, record)).directories, skip: overlayDirName }
}

/** ISO 8601, by the port's clock. */
export function now({ machine }: Pick<Ports, 'machine'>): string {
  return new Date(Number(machine.realtimeNs() / 1_000_000n)).toISOString()
}

function identified({ machine }: Ports, holder: Attachment['holder']): HolderIdentity | undefined {
  return holder === undefined ? undefined : { ...holder, bootId: machine.bootId() }
}
