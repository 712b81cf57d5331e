import type { Ports } from '../os/ports.js'
import type { MountBackend, MountPlan } from './backend.js'
import type { HolderPlan } from './holder-plan.js'
import { isRefusal, probeByHolder, startHolder, stopHolder } from './holder-process.js'
import { hasInitialSysAdmin, type ProcessFacts, readProcessFacts } from './process-facts.js'
import { makeShadowDir, removeShadow } from './shadow.js'

/** An overlay mount at the shadow path, in the mount namespace of whoever made it. For root. */
export function kernelBackend({ ops, machine, holder }: Ports): MountBackend {
  const at = (plan: MountPlan): HolderPlan => ({ ...plan, userns: false, target: plan.shadow })
  let facts: ProcessFacts | undefined
  return {
    name: 'kernel',
    impossible() {
      facts ??= readProcessFacts(ops)
      if (hasInitialSysAdmin(facts)) return undefined
      return {
        reason: 'it needs CAP_SYS_ADMIN in the initial user namespace',
        fix: 'Run as root, or use the userns backend.',
      }
    },
    // Where it is possible at all.
    servesTrusted: () => true,
    probe: (plan) => probeByHolder(holder, at(plan)),
    async attach(plan) {
      makeShadowDir(ops, plan.shadow)
      const outcome = await startHolder(holder, machine, at(plan))
      if (!isRefusal(outcome)) {
        return { attached: true, attachment: { backend: 'kernel', holder: outcome, mountPoint: plan.shadow } }
      }
      removeShadow(ops, plan.shadow)
      return { attached: false, refusal: outcome }
    },
    async detach(attachment, plan) {
      const outcome = await stopHolder(holder, machine, attachment)
      if (outcome.detached) removeShadow(ops, plan.shadow)
      return outcome
    },
  }
}
