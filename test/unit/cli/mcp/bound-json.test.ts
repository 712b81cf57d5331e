import { expect, it } from 'vitest'
import { boundJson, longestText } from '../../../../src/cli/mcp/bound-json.js'

it('leaves alone what is short', () => {
  const json = { version: 1, a: [{ b: 'text', c: null, d: true }], e: {} }
  expect(boundJson(json)).toEqual({ value: json, truncated: {} })
})

it('cuts lists and texts, and tells their length', () => {
  const json = {
    error: { details: { conflicts: Array.from({ length: 300 }, (_, at) => ({ at })) } },
    text: 'x'.repeat(70_000),
  }
  const { value, truncated } = boundJson(json)
  expect(truncated).toEqual({ 'error.details.conflicts': 300, text: 70_000 })
  expect((value.text as string).length).toBe(longestText)
  expect((value.error as typeof json.error).details.conflicts).toEqual(json.error.details.conflicts.slice(0, 200))
})

it('cuts no character in two', () => {
  const { value } = boundJson({ text: `${'x'.repeat(longestText - 1)}😀` })
  expect(value.text).toBe('x'.repeat(longestText - 1))
})

it('has an end to all of it together', () => {
  const long = (): { path: string } => ({ path: 'p'.repeat(4000) })
  const { value, truncated } = boundJson({ a: Array.from({ length: 100 }, long), b: Array.from({ length: 100 }, long) })
  expect(JSON.stringify(value).length).toBeLessThan(5 * longestText)
  expect(truncated).toMatchObject({ a: 100, b: 100 })
  expect(value.b).toEqual([])
})
