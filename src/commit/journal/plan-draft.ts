import type { FileOps } from '../../os/file-ops.js'
import { entryName } from '../../paths/rel-path.js'
import { createPlanEncoder, encodeHead, encodeRest, encodeStep } from './encode-plan.js'
import { type JournalPlace, type OpenJournal, ownFileMode, planName } from './journal-directory.js'
import type { JournalPlan, JournalStep } from './journal-plan.js'

/** A plan that is being written, under a name of its own: it does not count before it is whole. */
export interface PlanDraft {
  /** The next steps. */
  add(steps: Iterable<JournalStep>): void
  /** All that follows the steps. Returns the checksum that the mark has to name; the plan is durable with the flush that comes before the mark. */
  finish(plan: Omit<JournalPlan, 'steps'>): string
  /** Finished or not. */
  close(): void
}

const draftName = entryName('plan.new')

/** Begins to write the plan of a journal. */
export function draftPlan(
  { ops, checksum }: JournalPlace,
  { fd }: Pick<OpenJournal, 'fd'>,
  head: Pick<JournalPlan, 'kind' | 'id' | 'closes'>,
): PlanDraft {
  const file = ops.createFile(fd, draftName, ownFileMode)
  const encoder = createPlanEncoder(checksum)
  const write = appendTo(ops, file)
  encoder.add(encodeHead(head))
  return {
    add: (steps) => {
      for (const step of steps) write(encoder.add(encodeStep(step)))
    },
    finish: (plan) => {
      for (const record of encodeRest(plan)) write(encoder.add(record))
      write(encoder.end())
      ops.rename(fd, draftName, fd, planName, 'replace')
      return encoder.sum()
    },
    close: () => ops.close(file),
  }
}

/** Writes the whole plan. Returns its checksum. */
export function writePlan(place: JournalPlace, journal: Pick<OpenJournal, 'fd'>, plan: JournalPlan): string {
  const draft = draftPlan(place, journal, plan)
  try {
    draft.add(plan.steps)
    return draft.finish(plan)
  } finally {
    draft.close()
  }
}

function appendTo(ops: FileOps, file: number): (piece: Uint8Array | undefined) => void {
  let at = 0
  return (piece) => {
    if (piece === undefined) return
    ops.write(file, piece, at)
    at += piece.length
  }
}
