import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type Drift, drifts } from '../../system/commit/drift-cases.js'

const text = readFileSync(new URL('../../../docs/hash-check.md', import.meta.url), 'utf8')

it('documents every case of a project that changes, with its result', () => {
  const [, table = ''] = text.split("| the person's part | in the session | look | in the project | conflicts |\n")
  const rows = table.split('\n').slice(1)
  expect(rows.slice(0, rows.indexOf(''))).toEqual(drifts.map(rowOf))
})

function rowOf({ name, session, looked, person, conflicts }: Drift): string {
  const cells = [
    name,
    code(session),
    looked === true ? 'yes' : '',
    person === 'true' ? '' : code(person),
    conflicts.length === 0 ? 'none' : conflicts.map(code).join(', '),
  ]
  return `| ${cells.join(' | ')} |`
}

function code(words: string): string {
  return `\`${words}\``
}
