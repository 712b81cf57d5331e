import {
  type Change,
  isListed,
  jsonName,
  type Review,
  reviewSession,
  type Session,
  type SessionState,
  sessionState,
} from '../../index.js'
import { readySession } from '../chosen-session.js'
import type { CommandSpec } from '../command-spec.js'
import { changeJson, statusLine } from '../render/change.js'
import { conflictJson, conflictLine, refusalJson, refusalLine } from '../render/obstacles.js'
import { detachedNote, stateJson } from '../render/state.js'
import { reportCommitProgress } from '../report-progress.js'
import { tellRecovery } from '../tell-recovery.js'
import { tuneForReview } from '../tune-engine.js'
import { count } from '../units.js'

export const statusCommand: CommandSpec = {
  name: 'status',
  define: (command) =>
    command
      .argument('[session]', 'the session')
      .description('show what the session changed, and where the project changed under it'),
  async run(context, { operands }) {
    tuneForReview()
    const session = await readySession(context, operands[0], 'go-on')
    const state = sessionState(context.ports, session)
    const review = await reviewSession(context.ports, session, {
      signal: context.signal,
      onProgress: reportCommitProgress(context.progress),
      onRecovered: tellRecovery(context, session),
    })
    return {
      get json() {
        return {
          session: session.id,
          project: jsonName(session.project),
          merged: jsonName(session.merged),
          ...stateJson(state),
          ...reviewJson(review),
        }
      },
      human: reviewLines(review),
      notes: notes(review, session, state),
    }
  },
}

/** `changes`, `conflicts`, `refusals`, `ignored`, as docs/cli.md has them. */
function reviewJson(review: Review): Record<string, unknown> {
  return {
    changes: review.changeSet.changes.map(changeJson),
    conflicts: review.conflicts.map(conflictJson),
    refusals: review.refusals.map(refusalJson),
    moves: review.moves.map(({ from, to }) => ({ from: jsonName(from.path), to: jsonName(to.path) })),
    ignored: review.changeSet.ignored.map(({ path, reason }) => ({ path: jsonName(path), reason })),
  }
}

/** One line a change, `!` where a commit stops. */
function reviewLines(review: Review): string {
  const marked = new Set<string>([...review.conflicts, ...review.refusals].map(({ path }) => path))
  const isShown = (change: Change): boolean => isListed(change) || marked.has(change.path)
  const sources = new Map(review.moves.map(({ from, to }) => [to.path, from.path]))
  const left = new Set(review.moves.map(({ from }) => from.path))
  for (const { kind, from, implied } of review.changeSet.changes) {
    if (kind === 'rename' && !implied && from !== undefined) left.add(from)
  }
  const shown = review.changeSet.changes.filter(
    (change) => isShown(change) && !(change.kind === 'delete' && left.has(change.path)),
  )
  return shown
    .map((change) => {
      const from = sources.get(change.path)
      const line: Change = from === undefined ? change : { ...change, kind: 'rename', from }
      return `${statusLine(line, marked.has(change.path) || (from !== undefined && marked.has(from)))}\n`
    })
    .join('')
}

function notes(review: Review, session: Session, state: SessionState): string[] {
  const lines = [
    ...review.conflicts.map((conflict) => `conflict: ${conflictLine(conflict)}`),
    ...review.refusals.map((refusal) => `refused: ${refusalLine(refusal)}`),
  ]
  if (state.state === 'detached') lines.unshift(detachedNote(session, state))
  if (review.changeSet.changes.length === 0) lines.push('note: no changes')
  const implied = review.changeSet.changes.filter((change) => change.implied).length
  if (implied > 0) lines.push(`note: ${count(implied, 'entry', 'entries')} moved along with a renamed directory`)
  return lines
}
