import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import {
  formatSegmentHead,
  indexLine,
  type PackEntries,
  type ParsedPack,
  packHeader,
  packKey,
  parsePack,
} from '../../../src/fingerprint/base-pack-format.js'
import { createPackSegment } from '../../../src/fingerprint/pack-segment.js'

/** Any digest of 16 hexadecimal digits does. */
function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

function parse(pack: Uint8Array): ParsedPack {
  return parsePack(pack.length, (position, length) => pack.subarray(position, position + length), checksum)
}

const contents = ['first\n', 'second, a bit longer\n', '', 'third\n'].map((text) => Buffer.from(text))
const keyOf = (content: Uint8Array): string => packKey(checksum(content), content.length)

/** A pack of two segments, with the lengths at which each is whole. */
function build(): { pack: Buffer; ends: number[]; written: PackEntries } {
  const written: PackEntries = new Map()
  let pack: Buffer = packHeader
  const ends = [pack.length]
  for (const group of [contents.slice(0, 2), contents.slice(2)]) {
    const segment = createPackSegment(100)
    for (const content of group) segment.add(keyOf(content), content)
    segment.leaveOut(packKey('s0123456789abcdef', 300_000 + ends.length))
    const [head, data] = segment.parts(checksum)
    segment.place(pack.length + head.length, written)
    pack = Buffer.concat([pack, head, data])
    ends.push(pack.length)
  }
  return { pack, ends, written }
}

const { pack, ends, written } = build()

it('reads what was written', () => {
  const { entries, validLength } = parse(pack)
  expect(validLength).toBe(pack.length)
  expect(entries).toEqual(written)
  for (const content of contents) {
    const place = entries.get(keyOf(content)) as number
    expect(pack.subarray(place, place + content.length).equals(content)).toBe(true)
  }
  expect([...entries.values()].filter((place) => place === 'left-out')).toHaveLength(2)
})

it('reads whole segments of a pack that was cut anywhere', () => {
  for (let length = 0; length < pack.length; length += 1) {
    const { entries, validLength } = parse(pack.subarray(0, length))
    expect(validLength, `cut at ${length}`).toBe(Math.max(0, ...ends.filter((end) => end <= length)))
    expect([...written].filter(([key]) => entries.has(key))).toEqual([...entries])
  }
})

it('finds nothing but what was written, whatever bit is flipped', () => {
  for (let bit = 0; bit < pack.length * 8; bit += 1) {
    const flipped = Buffer.from(pack)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    const { entries } = parse(flipped)
    // A place that is there is right; the content is checked by its own digest.
    for (const [key, place] of entries) expect(written.get(key), `bit ${bit}`).toBe(place)
  }
})

it('takes a pack of another version for none', () => {
  expect(
    parse(Buffer.from(pack.toString('latin1').replace('openagentic-base 1', 'openagentic-base 2'), 'latin1')),
  ).toEqual({ entries: new Map(), validLength: 0 })
})

it('stops at a segment that claims more than there is', () => {
  const index = indexLine(packKey('0123456789abcdef', 10), 0)
  const claim = Buffer.concat([pack, formatSegmentHead(index, 999_999_999, checksum), Buffer.alloc(10)])
  expect(parse(claim)).toEqual({ entries: written, validLength: pack.length })
})

it('stops at a segment whose data is followed by garbage', () => {
  expect(parse(Buffer.concat([pack, Buffer.from('12 garbage\n')]))).toEqual({
    entries: written,
    validLength: pack.length,
  })
})
