import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodePlan } from '../../../src/commit/journal/decode-plan.js'
import { createPlanEncoder, encodeHead, encodeRest, encodeStep } from '../../../src/commit/journal/encode-plan.js'
import type { Checksum } from '../../../src/commit/journal/journal-format.js'
import type { JournalPlan } from '../../../src/commit/journal/journal-plan.js'
import { decodeMark, encodeMark, type Mark } from '../../../src/commit/journal/mark.js'
import { OverlayError } from '../../../src/errors/overlay-error.js'
import { createContentHasher } from '../../../src/fingerprint/content-hash.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { arbitraryPlan } from '../../helpers/arbitrary-plan.js'

let checksum: Checksum
/** A plan with every kind of record, and its mark. */
let plan: JournalPlan
let written: Buffer
let sum: string

beforeAll(async () => {
  const hasher = await createContentHasher({} as FileOps)
  checksum = (content) => hasher.hashBytes(content)
  const kinds = new Set<string>()
  const samples = fc.sample(arbitraryPlan, { seed: 7, numRuns: 60 }).filter(({ steps }) => {
    const isNews = steps.some(({ does }) => !kinds.has(does))
    for (const { does } of steps) kinds.add(does)
    return isNews
  })
  expect(kinds.size).toBe(5)
  const all = <T>(of: (one: JournalPlan) => Iterable<T>): T[] => samples.flatMap((one) => [...of(one)])
  plan = {
    id: '1795362658326',
    kind: 'commit',
    closes: false,
    steps: all(({ steps }) => steps),
    directories: all(({ directories }) => directories),
    slotTimes: all(({ slotTimes }) => slotTimes),
    settled: all(({ settled }) => settled),
    redirects: all(({ redirects }) => redirects),
  }
  for (const records of [plan.directories, plan.slotTimes, plan.settled, plan.redirects])
    expect(records).not.toEqual([])
  ;({ bytes: written, sum } = encode(plan))
})

function encode(given: JournalPlan): { bytes: Buffer; pieces: Uint8Array[]; sum: string } {
  const encoder = createPlanEncoder(checksum)
  const records = [encodeHead(given), ...given.steps.map(encodeStep), ...encodeRest(given)]
  const pieces = records.flatMap((record) => encoder.add(record) ?? [])
  pieces.push(encoder.end())
  return { bytes: Buffer.concat(pieces), pieces, sum: encoder.sum() }
}

/** What becomes of reading it: the code of the error, or what was read. */
function outcome(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return error instanceof OverlayError ? error.code : error
  }
}

function* bitFlips(bytes: Buffer): Generator<{ at: number; bytes: Buffer }> {
  const copy = Buffer.from(bytes)
  for (let at = 0; at < bytes.length * 8; at += 1) {
    copy[at >> 3] = (bytes[at >> 3] as number) ^ (1 << (at & 7))
    yield { at, bytes: copy }
    copy[at >> 3] = bytes[at >> 3] as number
  }
}

describe('the plan of a journal', () => {
  it('is read back as it was written, whatever bytes its names hold', () => {
    fc.assert(
      fc.property(arbitraryPlan, (given) => {
        const encoded = encode(given)
        expect(decodePlan(encoded.bytes, checksum)).toEqual({ plan: given, sum: encoded.sum })
      }),
    )
  })

  it('is written in pieces of bounded size', () => {
    const settled = Array.from({ length: 40_000 }, () => ({
      path: 'a/b' as never,
      upper: undefined,
      placed: undefined,
    }))
    const { pieces } = encode({ ...plan, settled })
    expect(pieces.length).toBeGreaterThan(1)
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(1 << 21)
    expect(decodePlan(Buffer.concat(pieces), checksum).plan).toEqual({ ...plan, settled })
  })

  it('is known as damaged wherever it is cut off', () => {
    for (let length = 0; length < written.length; length += 1) {
      const cut = written.subarray(0, length)
      expect({ length, is: outcome(() => decodePlan(cut, checksum)) }).toEqual({ length, is: 'JOURNAL_DAMAGED' })
    }
  })

  it('is known as damaged whichever bit of it flips', () => {
    expect(written.length).toBeGreaterThan(3000)
    for (const { at, bytes } of bitFlips(written)) {
      const is = outcome(() => decodePlan(bytes, checksum))
      if (is !== 'JOURNAL_DAMAGED') expect({ at, is }).toBeUndefined()
    }
  })

  it('is known as damaged when lines of it are missing, doubled, exchanged or of another plan', () => {
    const lines = written.toString('latin1').split('\n').slice(0, -1)
    const other = encode({ ...plan, id: '1', steps: plan.steps.slice(1) })
    const others = other.bytes.toString('latin1').split('\n')
    const damage = [
      ...lines.map((_, at) => lines.toSpliced(at, 1)),
      ...lines.map((line, at) => lines.toSpliced(at, 0, line)),
      ...lines.slice(1).map((line, at) => lines.toSpliced(at, 2, line, lines[at] as string)),
      ...lines.map((_, at) => lines.toSpliced(at, 1, others[at % others.length] as string)),
      [...lines, lines[0] as string],
    ].filter((some) => some.join() !== lines.join())
    expect(damage.length).toBeGreaterThan(3 * lines.length)
    for (const some of damage) {
      const bytes = Buffer.from(some.map((line) => `${line}\n`).join(''), 'latin1')
      expect(outcome(() => decodePlan(bytes, checksum))).toBe('JOURNAL_DAMAGED')
    }
  })

  it.each([
    ['another version', (line: string) => line.replace('"journal",2', '"journal",3')],
    ['an unknown record', (line: string) => line.replace('"place"', '"plaice"')],
    ['a path out of the project', (line: string) => line.replace(/^\["place","[^"]*"/, '["place","../x"')],
    ['a record without its fields', (line: string) => line.replace(/^\["exchange".*/, '["exchange","a"]')],
    ['a record that is no JSON', (line: string) => line.replace(/^\["remove"/, '["remove')],
    ['a record that is no list', (line: string) => line.replace(/^\["move".*/, '{"move":1}')],
  ])('is refused with %s, though its checksums are right', (_what, change) => {
    const texts = written
      .toString('latin1')
      .split('\n')
      .slice(0, -2)
      .map((line) => line.slice(17))
    const changed = texts.map(change)
    expect(changed).not.toEqual(texts)
    expect(outcome(() => decodePlan(sealed(changed), checksum))).toBe('JOURNAL_DAMAGED')
    expect(decodePlan(sealed(texts), checksum)).toEqual({ plan, sum })
  })
})

/** Records with checksums and an end, as the format has them. */
function sealed(texts: readonly string[]): Buffer {
  const lines = texts.map((text) => `${checksum(Buffer.from(text, 'latin1'))} ${text}\n`)
  const sums = lines.map((line) => line.slice(0, 16)).join('')
  const end = JSON.stringify(['end', texts.length, checksum(Buffer.from(sums))])
  return Buffer.from(`${lines.join('')}${checksum(Buffer.from(end))} ${end}\n`, 'latin1')
}

describe('the mark of a journal', () => {
  const mark: Mark = { id: '1795362658326', sum: '0123456789abcdef', stampNs: 2n ** 80n }

  it('is read back as it was written', () => {
    expect(decodeMark(encodeMark(mark, checksum), checksum)).toEqual(mark)
  })

  it('is known as damaged wherever it is cut off, whichever bit of it flips, and with anything after it', () => {
    const bytes = Buffer.from(encodeMark(mark, checksum))
    for (let length = 0; length < bytes.length; length += 1) {
      expect(outcome(() => decodeMark(bytes.subarray(0, length), checksum))).toBe('JOURNAL_DAMAGED')
    }
    for (const flip of bitFlips(bytes)) {
      expect({ at: flip.at, is: outcome(() => decodeMark(flip.bytes, checksum)) }).toMatchObject({
        is: 'JOURNAL_DAMAGED',
      })
    }
    for (const more of ['\n', ' ', 'x\n', bytes]) {
      expect(outcome(() => decodeMark(Buffer.concat([bytes, Buffer.from(more)]), checksum))).toBe('JOURNAL_DAMAGED')
    }
  })

  it.each(['["mark",3,"1","s","3"]', '["mark",2]', '["mark",2,"1","s","x"]', '["mark",2,2,3,4]', '{}', 'null', '['])(
    'is refused as %s, though its checksum is right',
    (text) => {
      const bytes = Buffer.from(`${checksum(Buffer.from(text))} ${text}\n`)
      expect(outcome(() => decodeMark(bytes, checksum))).toBe('JOURNAL_DAMAGED')
    },
  )
})
