import { OverlayError } from '../errors/overlay-error.js'

const durations: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const sizes: Readonly<Record<string, number>> = {
  B: 1,
  k: 1e3,
  K: 1e3,
  kB: 1e3,
  KB: 1e3,
  M: 1e6,
  MB: 1e6,
  G: 1e9,
  GB: 1e9,
  Ki: 1024,
  KiB: 1024,
  Mi: 1024 ** 2,
  MiB: 1024 ** 2,
  Gi: 1024 ** 3,
  GiB: 1024 ** 3,
}

/** The longest time limit in milliseconds: the most that a timer of Node holds, about 24 days. */
export const longestTimeLimitMs: number = 2 ** 31 - 1

/**
 * A time limit in whole milliseconds: a number with a unit (`500ms`, `10s`, `1.5m`, `2h`, `1d`); without one, seconds.
 * @throws OverlayError `USAGE`
 */
export function parseTimeLimit(text: string): number {
  const wanted = 'a time limit such as "500ms", "10s" or "5m"'
  const limit = Math.ceil(parse(text, durations, 's', wanted))
  if (limit >= 1 && limit <= longestTimeLimitMs) return limit
  throw refusal(`${wanted}, between 1ms and 24d`, text)
}

/**
 * A size in whole bytes: a number with a unit (`64KiB`, `512MiB`, `2GiB`; powers of ten: `500MB`); without one, bytes.
 * @throws OverlayError `USAGE`
 */
export function parseByteLimit(text: string): number {
  const wanted = 'a size such as "64KiB", "512MiB" or "2GiB"'
  const limit = Math.floor(parse(text, sizes, 'B', wanted))
  if (limit >= 1 && Number.isSafeInteger(limit)) return limit
  throw refusal(`${wanted}, of at least one byte`, text)
}

function parse(text: string, units: Readonly<Record<string, number>>, unit: string, wanted: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([a-zA-Z]*)$/.exec(text)
  const factor = match === null || !Object.hasOwn(units, match[2] || unit) ? undefined : units[match[2] || unit]
  if (factor === undefined) throw refusal(wanted, text)
  return Number(match?.[1]) * factor
}

function refusal(wanted: string, text: string): OverlayError {
  return new OverlayError('USAGE', `Expected ${wanted}, got ${JSON.stringify(text)}`)
}
