import type { SlotTimes } from '../journal/journal-plan.js'
import type { Trees } from './trees.js'

/** The session's own files are where they were: their directories get the times that they had, too. */
export function restoreSlotTimes({ ops, slots }: Trees, times: readonly SlotTimes[]): void {
  slots.forget()
  for (const { slot, atimeNs, mtimeNs } of times) {
    if (slots.stat(slot) !== undefined) slots.at(slot, (dir, name) => ops.setTimes(dir, name, atimeNs, mtimeNs))
  }
}
