import { describe, expect, it } from 'vitest'
import { type ClockReading, clockWentForward } from '../../../src/conflict/clock.js'

const second = 1_000_000_000n
const then: ClockReading = { realtimeNs: 1000n * second, boottimeNs: 100n * second, bootId: 'a' }

describe('clockWentForward', () => {
  it('trusts clocks that ran side by side', () => {
    expect(clockWentForward(then, { realtimeNs: 1060n * second, boottimeNs: 160n * second, bootId: 'a' })).toBe(true)
  })
  it('trusts a clock that was set forward', () => {
    expect(clockWentForward(then, { realtimeNs: 5000n * second, boottimeNs: 160n * second, bootId: 'a' })).toBe(true)
  })
  it('takes a slow slew for what it is', () => {
    const day = 86_400n * second
    expect(
      clockWentForward(then, {
        realtimeNs: then.realtimeNs + day - 40n * second,
        boottimeNs: then.boottimeNs + day,
        bootId: 'a',
      }),
    ).toBe(true)
  })
  it('notices a step back even when the clock is past the epoch again', () => {
    expect(clockWentForward(then, { realtimeNs: 1050n * second, boottimeNs: 160n * second, bootId: 'a' })).toBe(false)
  })
  it('notices a clock that is before the epoch', () => {
    expect(clockWentForward(then, { realtimeNs: 999n * second, boottimeNs: 100n * second, bootId: 'a' })).toBe(false)
  })
  it('trusts a machine that came up later than the session was last seen', () => {
    expect(clockWentForward(then, { realtimeNs: 2000n * second, boottimeNs: 10n * second, bootId: 'b' })).toBe(true)
  })
  it('distrusts a machine that came up before', () => {
    expect(clockWentForward(then, { realtimeNs: 1005n * second, boottimeNs: 10n * second, bootId: 'b' })).toBe(false)
  })
})
