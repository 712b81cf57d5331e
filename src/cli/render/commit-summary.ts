import { type Change, type CommitSummary, isListed, type StatusLetter, statusLetter } from '../../index.js'
import { count } from '../units.js'
import { statusLine } from './change.js'

const verbs: readonly (readonly [StatusLetter, string])[] = [
  ['A', 'added'],
  ['M', 'modified'],
  ['D', 'deleted'],
  ['R', 'renamed'],
  ['T', 'of another type'],
  ['P', 'with other metadata'],
]

/** A dry run lists what it would do; a commit says it in a line. */
export function commitSummaryText(summary: CommitSummary): string {
  const { dryRun, merged } = summary
  const [applied, pending, dropped] = [summary.applied, summary.pending, summary.dropped].map((changes) =>
    changes.filter(isListed),
  ) as [Change[], Change[], Change[]]
  const lines: string[] = []
  if (dryRun) lines.push(...applied.map((change) => statusLine(change, false)))
  if (applied.length === 0) lines.push(dryRun ? 'nothing to commit' : 'nothing was committed')
  else lines.push(`${dryRun ? 'would commit' : 'committed'} ${count(applied.length, 'change')}: ${tally(applied)}`)
  if (merged.length > 0)
    lines.push(`${dryRun ? 'would merge' : 'merged'} with the project's version: ${count(merged.length, 'change')}`)
  if (dropped.length > 0) lines.push(`left as the project has it: ${count(dropped.length, 'change')}`)
  if (pending.length > 0) lines.push(`still pending: ${count(pending.length, 'change')}`)
  return `${lines.join('\n')}\n`
}

/** `2 added, 1 deleted` */
function tally(changes: readonly Change[]): string {
  const parts = verbs.map(([letter, verb]) => {
    const number = changes.filter((change) => statusLetter(change) === letter).length
    return number === 0 ? '' : `${number} ${verb}`
  })
  return parts.filter((part) => part !== '').join(', ')
}
