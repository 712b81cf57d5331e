import type { ConflictPolicy } from '../../conflict/conflict.js'
import { OverlayError } from '../../errors/overlay-error.js'

/**
 * The policies that a choice of hunks goes with: what is left of a file after its conflict was decided would undo the project's side, and
 * nobody would be told again.
 * @throws OverlayError `USAGE` for any other
 */
export function hunkPolicy(policy: ConflictPolicy = 'abort'): 'abort' | 'skip' {
  if (policy === 'abort' || policy === 'skip') return policy
  throw new OverlayError('USAGE', `Expected --on-conflict abort or skip with a choice of hunks, got ${policy}`, {
    hint: 'Leave out the paths in conflict, and commit those as a whole.',
  })
}
