import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorKinds, exitStatuses } from '../../src/errors/codes.js'

const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (.+) \| (.+) \|$/gm)].map(
  ([, code, status, when, todo]) => ({
    code,
    status: Number(status),
    when,
    todo,
  }),
)

describe('docs/errors.md', () => {
  it('has a row for every code and no other, in the order of the codes', () => {
    expect(rows.map((row) => row.code)).toEqual(Object.keys(errorKinds))
  })

  it('gives each code the exit status of its kind', () => {
    for (const { code, status } of rows) expect({ code, status }).toEqual({ code, status: statusOf(code as ErrorCode) })
  })

  it('says when each happens and what to do', () => {
    for (const { code, when, todo } of rows) {
      expect(when, code).toMatch(/\.$/)
      expect(todo, code).toMatch(/\.$/)
    }
  })
})

it('keeps the codes in alphabetical order', () => {
  const codes = Object.keys(errorKinds)
  expect(codes).toEqual([...codes].sort())
})

function statusOf(code: ErrorCode): number {
  return exitStatuses[errorKinds[code]]
}
