import type { Change, ChangeKind } from '../change.js'

export type StatusLetter = 'A' | 'M' | 'D' | 'R' | 'T' | 'P'

const letters: Readonly<Record<ChangeKind, StatusLetter>> = {
  create: 'A',
  modify: 'M',
  metadata: 'P',
  delete: 'D',
  type: 'T',
  rename: 'R',
}

/** The letter that people know from git; `P` (properties) is metadata alone. */
export function statusLetter(change: Change): StatusLetter {
  return letters[change.kind]
}

/**
 * Whether a change is listed for people. What follows from a renamed directory is not, nor is a directory whose
 * times alone moved: every file made in it does that.
 */
export function isListed(change: Change): boolean {
  if (change.implied) return false
  return !(change.kind === 'metadata' && change.wanted?.type === 'dir' && onlyTimes(change))
}

function onlyTimes(change: Change): boolean {
  for (const aspect of change.aspects) if (aspect !== 'times') return false
  return true
}
