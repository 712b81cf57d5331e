import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeOrigin } from '../../../src/overlay-format/origin.js'

/** As Linux 6.18 wrote it for a directory of ext4: FILEID_INO32_GEN, inode and generation. */
const real = Uint8Array.from(Buffer.from('APsdAAEAAAAAAAAAAAAAAAAAAAAAUkCdAGyakaw=', 'base64'))

function changed(at: number, value: number): Uint8Array {
  const bytes = Uint8Array.from(real)
  bytes[at] = value
  return bytes
}

it('decodes what the kernel writes', () => {
  expect(decodeOrigin(real)).toEqual({
    type: 1,
    bytes: Uint8Array.from(Buffer.from('52409d006c9a91ac', 'hex')),
  })
})

it('tells an own entry from one of unknown origin', () => {
  expect(decodeOrigin(undefined)).toBe('none')
  expect(decodeOrigin(new Uint8Array(0))).toBe('unknown')
})

it('proves nothing by what it does not understand', () => {
  expect(decodeOrigin(changed(0, 1))).toBe('unknown')
  expect(decodeOrigin(changed(1, 0xfa))).toBe('unknown')
  expect(decodeOrigin(changed(2, real.length + 1))).toBe('unknown')
  expect(decodeOrigin(changed(2, 21))).toBe('unknown')
  // Big-endian, of an upper inode, and a flag that no kernel knows yet.
  for (const flags of [1, 4, 8]) expect(decodeOrigin(changed(3, flags))).toBe('unknown')
})

it('takes a handle of any byte order, and no more bytes than it has', () => {
  expect(decodeOrigin(changed(3, 2))).toMatchObject({ type: 1 })
  const longer = Uint8Array.from([...real, 1, 2, 3])
  expect(decodeOrigin(longer)).toEqual(decodeOrigin(real))
})

it('never throws, whatever is cut off or written over it', () => {
  const edit = fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 255 }))
  fc.assert(
    fc.property(fc.nat({ max: real.length }), fc.array(edit, { maxLength: 3 }), (length, edits) => {
      const bytes = Uint8Array.from(real.subarray(0, length))
      for (const [at, value] of edits) if (at < length) bytes[at] = value
      const origin = decodeOrigin(bytes)
      expect(origin).not.toBe('none')
      if (typeof origin === 'object') expect(origin.bytes.length).toBeGreaterThan(0)
    }),
  )
})
