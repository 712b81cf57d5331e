import type { EntryType } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import type { JournalPlan, JournalStep } from './journal/journal-plan.js'

/** What an undo does to one entry of the project. */
export interface UndoneChange {
  readonly path: RelPath
  /** Where a renamed directory was until then; `undefined` for all others. */
  readonly from: RelPath | undefined
  /** `create`: it is there again. `delete`: the commit had put it there. `type`: it is of its former type. `metadata`: owner, attributes, mode or times. */
  readonly kind: 'create' | 'delete' | 'modify' | 'type' | 'rename' | 'metadata'
  /** Of what is there afterwards; of a `delete`, of what goes. */
  readonly type: EntryType
}

/** The steps of an undo as people see changes, by path. A directory whose times alone come back is none. */
export function undoneChanges({ steps }: JournalPlan): UndoneChange[] {
  return steps
    .filter((step) => !isOnlyTimes(step))
    .map(undoneChange)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

function undoneChange(step: JournalStep): UndoneChange {
  const { path } = step
  const common = { path, from: undefined }
  switch (step.does) {
    case 'place':
      return { ...common, kind: 'create', type: step.staged.type }
    case 'remove':
      return { ...common, kind: 'delete', type: step.expected.stat.type }
    case 'move':
      return { path, from: step.from, kind: 'rename', type: step.expected.stat.type }
    case 'exchange': {
      const { type } = step.staged
      return { ...common, kind: type === step.expected.stat.type ? 'modify' : 'type', type }
    }
    case 'attributes':
      return { ...common, kind: 'metadata', type: step.after.type }
  }
}

function isOnlyTimes(step: JournalStep): boolean {
  if (step.does !== 'attributes' || step.after.type !== 'dir') return false
  const { before, after, xattrs } = step
  return !xattrs && before.mode === after.mode && before.uid === after.uid && before.gid === after.gid
}
