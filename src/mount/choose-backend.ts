import { OverlayError } from '../errors/overlay-error.js'
import type { MarkFamily } from '../overlay-format/mark-names.js'
import type { RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import type { Attachment, BackendName, MountBackend, MountPlan, Obstacle } from './backend.js'
import type { Refusal } from './holder-client.js'
import { familyOf } from './overlay-options.js'
import { type Explanation, saidByKernel } from './probe-reasons.js'

export type BackendWish = 'auto' | BackendName

/** A backend that was not used. */
export interface Rejected extends Obstacle {
  readonly backend: BackendName
  /** What the kernel answered, if it was tried. */
  readonly refusal: Refusal | undefined
  /** The cause is known, and it is not the layers' file system. */
  readonly understood: boolean
}

export interface Attempt {
  readonly backends: readonly MountBackend[]
  readonly wish: BackendWish
  /** Of a session that exists; `undefined` for a new one, whose backend decides. */
  readonly family: MarkFamily | undefined
  /** A redirect that the upper of a `user` session holds, if it does. */
  readonly redirect: RelPath | undefined
  /** All of the plan but the family. */
  readonly plan: Omit<MountPlan, 'family'>
  /** Turns a refusal into a reason and a fix. */
  readonly explain: (backend: BackendName, refusal: Refusal) => Explanation
}

export type AttemptOutcome =
  | {
      readonly attachment: Attachment
      readonly family: MarkFamily
      readonly rejected: readonly Rejected[]
      readonly limits: readonly string[]
    }
  | { readonly attachment: undefined; readonly rejected: readonly Rejected[] }

/**
 * Mounts with the first backend that can, in their order. A probe would cost as much as the mount, so the mount
 * itself is the probe.
 * @throws OverlayError `SESSION_BUSY` when another process keeps the session's lock
 */
export async function attachFirst(attempt: Attempt): Promise<AttemptOutcome> {
  const rejected: Rejected[] = []
  for (const backend of attempt.backends) {
    if (attempt.wish !== 'auto' && attempt.wish !== backend.name) continue
    const obstacle =
      familyObstacle(backend, attempt.family) ??
      redirectObstacle(backend.name, attempt.redirect) ??
      backend.impossible()
    if (obstacle !== undefined) {
      rejected.push({ backend: backend.name, ...obstacle, refusal: undefined, understood: true })
      continue
    }
    const family = attempt.family ?? familyOf(backend.name)
    const outcome = await backend.attach({ ...attempt.plan, family })
    if (outcome.attached) {
      const { attachment, limits = [] } = outcome
      return { attachment, family, rejected, limits }
    }
    const { refusal } = outcome
    if (refusal.step === 'lock') throw lockTaken(attempt.plan, refusal)
    rejected.push({ backend: backend.name, ...attempt.explain(backend.name, refusal), refusal })
  }
  return { attachment: undefined, rejected }
}

/** A session keeps its family for life: the marks of the other one mean nothing to a mount. */
function familyObstacle(backend: MountBackend, family: MarkFamily | undefined): Obstacle | undefined {
  if (family !== 'trusted' || backend.servesTrusted()) return undefined
  return {
    reason: 'root made the session, and its marks are ones that only root can read (trusted.overlay.*)',
    fix: 'Mount it as root.',
  }
}

/** With `userxattr` the kernel does not follow redirects: what lies below a renamed directory would be missing. */
function redirectObstacle(backend: BackendName, redirect: RelPath | undefined): Obstacle | undefined {
  if (redirect === undefined || backend === 'fuse') return undefined
  return {
    reason: `the session holds a renamed directory, ${quoteName(redirect)}, and the kernel does not follow that in a session of a plain user`,
    fix: 'Commit or discard the rename, or mount with the backend fuse.',
  }
}

/** Whether a backend failed at these directories rather than at this machine: another file system may do. */
export function isAboutLayers({ refusal, understood }: Rejected): boolean {
  if (refusal === undefined || understood) return false
  const { step, errno } = refusal
  return ['lowerdir', 'upperdir', 'workdir', 'create'].includes(step) && errno !== 'EPERM'
}

/** `MOUNT_UNAVAILABLE` with the reason why each backend was not used. */
export function noBackend(wish: BackendWish, rejected: readonly Rejected[]): OverlayError {
  const reasons = rejected.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ')
  const expected = wish === 'auto' ? 'a backend that works here, found none' : `the backend ${wish} to work here`
  return new OverlayError('MOUNT_UNAVAILABLE', `Expected ${expected}. ${reasons}`, {
    hint: rejected.find(({ fix }) => fix !== undefined)?.fix ?? 'See `openagentic-overlay doctor`.',
    details: { backends: rejected.map(({ backend, reason, fix }) => ({ backend, reason, fix })) },
  })
}

function lockTaken(plan: Attempt['plan'], refusal: Refusal): OverlayError {
  return new OverlayError(
    'SESSION_BUSY',
    `Expected the lock of session "${plan.title}" to be free: ${saidByKernel(refusal)}`,
    {
      path: plan.lock === undefined ? undefined : quoteName(plan.lock),
      hint: 'Another process keeps the session mounted; unmount it there first.',
    },
  )
}
