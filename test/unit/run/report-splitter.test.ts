import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reportSplitter } from '../../../src/run/report-splitter.js'

const beginnings = ['Error: failed to run `/a/./b`', 'Error: failed to load /a/./b']

function split(pieces: readonly string[]): { guest: string; report: string | undefined } {
  const splitter = reportSplitter(beginnings)
  const guest = pieces.map((piece) => Buffer.from(splitter.push(Buffer.from(piece, 'latin1'))))
  const { rest, report } = splitter.end()
  return { guest: Buffer.concat([...guest, rest]).toString('latin1'), report }
}

/** `text` in pieces that end at `cuts`. */
function cut(text: string, cuts: readonly number[]): string[] {
  const ends = [...new Set([...cuts.map((at) => at % (text.length + 1)), text.length])].sort((a, b) => a - b)
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end))
}

const noise = fc.stringMatching(/^(?:Error: failed to (?:run `\/a\/|load )|E|[a-z\n\xff]){0,8}$/)

test('what the guest wrote and the report come apart wherever the stream is cut', () => {
  fc.assert(
    fc.property(noise, fc.constantFrom(...beginnings), noise, fc.array(fc.nat()), (before, begin, after, cuts) => {
      const expected = { guest: before, report: Buffer.from(begin + after, 'latin1').toString('utf8') }
      expect(split(cut(before + begin + after, cuts))).toEqual(expected)
    }),
  )
})

test('without a report every byte is the guest’s, an unfinished beginning too', () => {
  fc.assert(
    fc.property(noise, fc.array(fc.nat()), (text, cuts) => {
      expect(split(cut(text, cuts))).toEqual({ guest: text, report: undefined })
    }),
  )
})

test('nothing is held back that cannot begin a report', () => {
  const splitter = reportSplitter(beginnings)
  expect(Buffer.from(splitter.push(Buffer.from('working…\nError: fa'))).toString()).toBe('working…\n')
  expect(Buffer.from(splitter.push(Buffer.from('tal\n'))).toString()).toBe('Error: fatal\n')
})

test('of an endless report beginning and end are kept', () => {
  const splitter = reportSplitter(beginnings)
  splitter.push(Buffer.from(`${beginnings[0]}\n`))
  for (let round = 0; round < 100; round += 1) splitter.push(Buffer.alloc(64 * 1024, 120))
  splitter.push(Buffer.from('\n    2: the cause'))
  const { report } = splitter.end()
  expect(report?.length).toBeLessThan(1024 * 1024)
  expect(report?.startsWith('Error: failed to run')).toBe(true)
  expect(report?.endsWith('2: the cause')).toBe(true)
})
