import { joinAbs, jsonName, quoteName, type Recovery, type Session } from '../../index.js'
import { conflictJson, conflictLine } from './obstacles.js'

export interface RecoveredSession {
  readonly session: Session
  readonly recovery: Recovery
}

/** `finished the commit that was cut short` */
export function recoveryText({ recovery: { outcome, kind } }: RecoveredSession): string {
  return `${outcome === 'finished' ? 'finished' : 'rolled back'} the ${kind} that was cut short`
}

export function recoveryNotes(recovered: RecoveredSession): string[] {
  return [`note: session ${recovered.session.id}: ${recoveryText(recovered)}`]
}

/** What somebody has to look at. */
export function recoveryWarnings({ session, recovery }: RecoveredSession): string[] {
  const { conflicts, kept, warnings } = recovery
  return [
    ...conflicts.map((conflict) => `warning: left as somebody else made it: ${conflictLine(conflict)}`),
    ...(kept === undefined
      ? []
      : [`warning: what others wrote to meanwhile is kept in ${quoteName(placeOf(session, kept))}`]),
    ...warnings.map((warning) => `warning: ${warning}`),
  ]
}

/** The field `recovered` of `--json`. */
export function recoveryJson({ session, recovery }: RecoveredSession): Record<string, unknown> {
  const { outcome, kind, conflicts, kept, warnings } = recovery
  return {
    session: session.id,
    outcome,
    kind,
    conflicts: conflicts.map(conflictJson),
    kept: kept === undefined ? null : jsonName(placeOf(session, kept)),
    warnings,
  }
}

function placeOf({ dir }: Session, kept: string): ReturnType<typeof joinAbs> {
  return joinAbs(dir, kept)
}
