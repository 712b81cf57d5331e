import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fingerprint } from '../../../src/fingerprint/fingerprint.js'
import { createLedger, type LedgerFact } from '../../../src/fingerprint/ledger.js'
import { createLedgerReader, formatFact, formatHeader, parseLedger } from '../../../src/fingerprint/ledger-format.js'
import type { ByteString, RelPath } from '../../../src/paths/byte-string.js'

const name = fc
  .array(
    fc.integer({ min: 1, max: 255 }).filter((byte) => byte !== 47),
    { minLength: 1, maxLength: 20 },
  )
  .map((bytes) => String.fromCharCode(...bytes) as ByteString)
  .filter((text) => text !== '.' && text !== '..')
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/') as RelPath)
const print: fc.Arbitrary<Fingerprint> = fc.record({
  type: fc.constantFrom('file', 'dir', 'symlink'),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.nat(),
  gid: fc.nat(),
  size: fc.nat(),
  ino: fc.bigInt(0n, 2n ** 64n - 1n),
  mtimeNs: fc.bigInt(-(2n ** 63n), 2n ** 63n),
  ctimeNs: fc.bigInt(0n, 2n ** 63n),
  hash: fc.option(fc.constant('0123456789abcdef'), { nil: undefined }),
  target: fc.option(name, { nil: undefined }),
  attributes: fc.option(fc.constantFrom('', '0123456789abcdef'), { nil: undefined }),
})
const settled = fc.oneof(
  fc.constantFrom('whiteout' as const, 'none' as const),
  fc.record({ ino: fc.bigInt(0n, 2n ** 64n), ctimeNs: fc.bigInt(0n, 2n ** 63n), size: fc.nat() }),
)
const fact: fc.Arbitrary<LedgerFact> = fc.oneof(
  fc.record({ path, base: fc.oneof(print, fc.constant('absent' as const)) }),
  fc.record({ path, settled }),
)

describe('ledger format', () => {
  it('gives back what was written, whatever bytes the names hold', () => {
    fc.assert(
      fc.property(fc.array(fact), (facts) => {
        const text = formatHeader(false) + facts.map(formatFact).join('')
        expect(Buffer.from(text, 'latin1').length).toBe(Buffer.byteLength(text))
        expect(parseLedger(text)).toEqual({ complete: false, facts, validLength: text.length })
      }),
    )
  })

  it('keeps what stands before any place where the file was cut off', () => {
    const facts: LedgerFact[] = [
      { path: 'a' as RelPath, base: 'absent' },
      { path: 'b\xff' as RelPath, settled: 'whiteout' },
      { path: 'c' as RelPath, settled: { ino: 1n, ctimeNs: 2n, size: 3 } },
    ]
    const header = formatHeader(true)
    const lines = facts.map(formatFact)
    const text = header + lines.join('')
    for (let cut = header.length; cut < text.length; cut += 1) {
      const whole = facts.filter((_, index) => header.length + lines.slice(0, index + 1).join('').length <= cut)
      const parsed = parseLedger(text.slice(0, cut))
      expect(parsed?.facts).toEqual(whole)
      // A cut at the end of a line cannot be seen, so only a file cut inside of one gives itself away.
      if (text[cut - 1] !== '\n') expect(parsed?.complete).toBe(false)
    }
  })

  it.each(['["b","base"\n"absent"]\n', '["b","base","absent"],["c","base","absent"]\n'])(
    'takes no lines that are a value only together, and none that are two: %j',
    (odd) => {
      const good = formatHeader(true) + formatFact({ path: 'a' as RelPath, base: 'absent' })
      const facts = [{ path: 'a', base: 'absent' }]
      expect(parseLedger(good + odd)).toEqual({ complete: false, facts, validLength: good.length })
    },
  )

  it('reads lines of before, which say nothing of attributes', () => {
    const line = '["b.txt","base",["file",420,0,0,4,"10","20","30","6e15961ef9042d0f",null]]\n'
    const facts = parseLedger(formatHeader(false) + line)?.facts
    expect(facts).toMatchObject([{ path: 'b.txt', base: { hash: '6e15961ef9042d0f', attributes: undefined } }])
  })

  it.each(['', '\n', '{}\n', '{"version":2}\n', 'null\n', 'garbage'])(
    'knows nothing of a file that begins with %j',
    (text) => {
      expect(parseLedger(text)).toBeUndefined()
    },
  )

  it.each([
    '[1,"base","absent"]',
    '["a","base",[1]]',
    '["a","base",null]',
    '["../a","base","absent"]',
    '{"a":1}',
    '["a","settled",["x","1",1]]',
  ])('stops at a line that makes no sense: %s', (line) => {
    const text = `${formatHeader(true)}${line}\n${formatFact({ path: 'b' as RelPath, base: 'absent' })}`
    expect(parseLedger(text)).toEqual({ complete: false, facts: [], validLength: formatHeader(true).length })
  })
})

describe('createLedger', () => {
  it('keeps the last word on each path, base and settled apart', () => {
    const ledger = createLedger(false, [
      { path: 'a' as RelPath, base: 'absent' },
      { path: 'a' as RelPath, settled: 'whiteout' },
      { path: 'a' as RelPath, settled: 'none' },
    ])
    expect(ledger.base('a' as RelPath)).toBe('absent')
    expect(ledger.settled('a' as RelPath)).toBeUndefined()
    expect(ledger.base('b' as RelPath)).toBeUndefined()
    expect(ledger.takeLearnt()).toEqual([])
  })

  it('says that a path held nothing once the whole project is known', () => {
    expect(createLedger(true).base('b' as RelPath)).toBe('absent')
  })

  it('hands out what it learnt once', () => {
    const ledger = createLedger(false)
    ledger.learn({ path: 'a' as RelPath, base: 'absent' })
    expect(ledger.takeLearnt()).toHaveLength(1)
    expect(ledger.takeLearnt()).toHaveLength(0)
  })
})

describe('a ledger that is read piece by piece', () => {
  const facts: LedgerFact[] = [
    { path: 'a' as RelPath, base: 'absent' },
    { path: 'b\xff' as RelPath, settled: 'whiteout' },
    { path: 'c' as RelPath, settled: { ino: 1n, ctimeNs: 2n, size: 3 } },
  ]
  const text = formatHeader(true) + facts.map(formatFact).join('')

  function inPieces(all: string, size: number): ReturnType<typeof parseLedger> {
    const reader = createLedgerReader()
    for (let at = 0; at < all.length; at += size) if (!reader.push(all.slice(at, at + size))) break
    return reader.end()
  }

  it('is the same wherever it is cut', () => {
    for (let size = 1; size <= text.length; size += 1) {
      expect(inPieces(text, size)).toEqual({ complete: true, facts, validLength: text.length })
    }
  })

  it('ends at a line that makes no sense, whatever follows', () => {
    const odd = `${text}[1]\n${formatFact(facts[0] as LedgerFact)}`
    for (let size = 1; size <= odd.length; size += 1) {
      expect(inPieces(odd, size)).toEqual({ complete: false, facts, validLength: text.length })
    }
    for (const size of [1, 10, 100]) expect(inPieces('{"version":2}\n[]\n', size)).toBeUndefined()
  })
})
