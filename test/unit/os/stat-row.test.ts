import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StatRow } from '../../../src/os/stat-row.js'

const billion = 1_000_000_000n

test('times are exact, before 1970 too', () => {
  const row = new StatRow()
  const times = new BigInt64Array(row.raw.buffer)
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(0, 1, 2), (time, which) => {
      times[11 + which] = time
      const rest = ((time % billion) + billion) % billion
      expect([row.time(which as 0), row.nanoseconds]).toEqual([Number((time - rest) / billion), Number(rest)])
    }),
    {
      examples: [
        [-1n, 0],
        [0n, 1],
        [-billion, 2],
        [1_800_000_000_123_456_789n, 1],
      ],
    },
  )
})

test('is the stat that others decode', () => {
  const row = new StatRow()
  row.raw.set([0, 1, 2, 3].map((word) => new BigUint64Array(new Float64Array([word + 8]).buffer)[0] as bigint))
  row.raw[10] = 0xffff_0000_0001n
  row.raw[15] = 2n ** 33n + 1n
  expect(row.decode()).toMatchObject({ type: 'file', mode: 9, uid: 10, ino: 0xffff_0000_0001n })
  expect([row.inoLow, row.inoHigh, row.mountId]).toEqual([1, 0xffff, 2 ** 33 + 1])
  const other = new StatRow()
  other.copyFrom(row)
  expect(other.decode()).toEqual(row.decode())
})
