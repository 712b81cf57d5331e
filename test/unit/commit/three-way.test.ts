import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeProperties, winnerOf } from '../../../src/commit/merge/three-way.js'

describe('winnerOf', () => {
  it.each([
    ['both', 1, 1, 1],
    ['both', 1, 2, 2],
    ['ours', 1, 2, 1],
    ['theirs', 1, 1, 2],
    ['neither', 1, 2, 3],
  ] as const)('%s: base %i, ours %i, theirs %i', (winner, base, ours, theirs) => {
    expect(winnerOf(base, ours, theirs)).toBe(winner)
  })

  it('mirrors when the sides are swapped', () => {
    const mirrored = { ours: 'theirs', theirs: 'ours', both: 'both', neither: 'neither' } as const
    const values = fc.constantFrom('a', 'b', 'c')
    fc.assert(
      fc.property(values, values, values, (base, one, other) => {
        expect(winnerOf(base, other, one)).toBe(mirrored[winnerOf(base, one, other)])
      }),
    )
  })
})

describe('mergeProperties', () => {
  const base = { mode: 0o644, uid: 1, gid: 1, attributes: '' }

  it('merges each by itself', () => {
    expect(mergeProperties(base, { ...base, mode: 0o755 }, { ...base, gid: 2 })).toEqual({
      mode: 'ours',
      owner: 'theirs',
      attributes: 'both',
    })
  })

  it('takes user and group for one thing', () => {
    expect(mergeProperties(base, { ...base, uid: 2 }, { ...base, gid: 2 }).owner).toBe('neither')
  })

  it('cannot tell who changed attributes that were not noted', () => {
    const unknown = { ...base, attributes: undefined }
    expect(mergeProperties(unknown, base, base).attributes).toBe('both')
    expect(mergeProperties(unknown, base, { ...base, attributes: 'a' }).attributes).toBe('neither')
  })
})
