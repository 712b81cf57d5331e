import type { JournalPlan } from '../journal/journal-plan.js'
import type { Trees } from './trees.js'

/** Whether every slot holds what was built for it, as it does when all was taken back: nothing of the person's is among it. */
export function isOnlyOurs({ slots }: Trees, plan: JournalPlan): boolean {
  return plan.steps.every((step) => {
    if (step.does === 'attributes' || step.does === 'move') return true
    const now = slots.stat(step.slot)
    return now === undefined || (step.does !== 'remove' && now.ino === step.staged.ino)
  })
}
