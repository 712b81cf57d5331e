/** The clocks at one moment. Nanoseconds. */
export interface ClockReading {
  /** CLOCK_REALTIME, which stamps files. */
  readonly realtimeNs: bigint
  /** CLOCK_BOOTTIME, which only goes forward. */
  readonly boottimeNs: bigint
  readonly bootId: string
}

/** NTP slews by 500 parts in a million at the most (adjtimex(2)); that is no step back. */
const slewPartsPerMillion = 500n
/** Jitter between reading the two clocks. */
const jitterNs = 20_000_000n

/**
 * Whether the clock that stamps files went forward all the time from `then` to `now`, as far as two readings
 * can tell. If it stepped back, a file changed after the session began may bear a ctime from before.
 */
export function clockWentForward(then: ClockReading, now: ClockReading): boolean {
  if (now.realtimeNs < then.realtimeNs) return false
  // After a reboot the offsets cannot be compared: the machine must have come up later than it was last seen.
  if (now.bootId !== then.bootId) return now.realtimeNs - now.boottimeNs >= then.realtimeNs
  const elapsed = now.boottimeNs - then.boottimeNs
  const lost = elapsed - (now.realtimeNs - then.realtimeNs)
  return elapsed >= 0n && lost <= jitterNs + (elapsed * slewPartsPerMillion) / 1_000_000n
}
