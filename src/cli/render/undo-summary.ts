import { jsonName, quoteName, type StatusLetter, type UndoneChange, type UndoSummary } from '../../index.js'
import { localTime } from '../local-time.js'
import { count } from '../units.js'

type Kind = UndoneChange['kind']

const letters: Readonly<Record<Kind, StatusLetter>> = {
  create: 'A',
  modify: 'M',
  delete: 'D',
  rename: 'R',
  type: 'T',
  metadata: 'P',
}

const verbs: readonly (readonly [Kind, string])[] = [
  ['create', 'put back'],
  ['modify', 'as before'],
  ['delete', 'removed'],
  ['rename', 'renamed back'],
  ['type', 'of the type before'],
  ['metadata', 'with the metadata before'],
]

/** What happens to each path of the project, in the form of `status`. */
export function undoLines({ changes }: UndoSummary): string[] {
  return changes.map(({ kind, path, from, type }) => {
    const slash = type === 'dir' ? '/' : ''
    const names = from === undefined ? [path] : [from, path]
    return `${letters[kind]} ${names.map((name) => `${quoteName(name)}${slash}`).join(' -> ')}`
  })
}

/** `the commit of 2026-01-02 03:04:05` */
export function undoTitle({ committed }: UndoSummary): string {
  return `the commit of ${localTime(committed)}`
}

/** A dry run lists what it would do; an undo says it in a line. */
export function undoSummaryText(summary: UndoSummary): string {
  const { dryRun, changes } = summary
  const parts = verbs.flatMap(([kind, verb]) => {
    const number = changes.filter((change) => change.kind === kind).length
    return number === 0 ? [] : [`${number} ${verb}`]
  })
  const lines = dryRun ? undoLines(summary) : []
  const what =
    changes.length === 0 ? 'nothing but times' : `${count(changes.length, 'entry', 'entries')}: ${parts.join(', ')}`
  lines.push(`${dryRun ? 'would undo' : 'undid'} ${undoTitle(summary)}: ${what}`)
  return `${lines.join('\n')}\n`
}

export function undoneJson({ kind, path, from, type }: UndoneChange): Record<string, unknown> {
  return {
    status: letters[kind],
    kind,
    path: jsonName(path),
    ...(from === undefined ? {} : { from: jsonName(from) }),
    type,
  }
}
