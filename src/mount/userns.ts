import type { Ports } from '../os/ports.js'
import type { ByteString } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import type { MountBackend, MountPlan } from './backend.js'
import type { HolderPlan } from './holder-plan.js'
import { isRefusal, probeByHolder, startHolder, stopHolder } from './holder-process.js'
import { makeShadowLink, removeShadow, shadowParent } from './shadow.js'

/**
 * An overlay mount in a user and mount namespace that the holder owns. The shadow path is a link into it, by
 * /proc/<holder>/root, which every process of the same user can follow. In the namespace it is mounted at the shadow
 * path as well: a process that works there is told that path as its working directory, and names the session by it.
 */
export function usernsBackend({ ops, machine, holder }: Ports): MountBackend {
  const at = (plan: MountPlan): HolderPlan => ({
    ...plan,
    userns: true,
    target: plan.shadow,
    // In the namespace too a link is there, or will be.
    cover: shadowParent(plan.shadow),
  })
  return {
    name: 'userns',
    impossible: () => undefined,
    servesTrusted: () => false,
    probe: (plan) => probeByHolder(holder, at(plan)),
    async attach(plan) {
      const outcome = await startHolder(holder, machine, at(plan))
      if (isRefusal(outcome)) return { attached: false, refusal: outcome }
      const attachment = { backend: 'userns' as const, holder: outcome, mountPoint: plan.shadow }
      try {
        makeShadowLink(ops, plan.shadow, `${bytesFromText(`/proc/${outcome.pid}/root`)}${plan.shadow}` as ByteString)
      } catch (error) {
        await stopHolder(holder, machine, attachment)
        throw error
      }
      return { attached: true, attachment }
    },
    async detach(attachment, plan) {
      const outcome = await stopHolder(holder, machine, attachment)
      if (outcome.detached) removeShadow(ops, plan.shadow)
      return outcome
    },
  }
}
