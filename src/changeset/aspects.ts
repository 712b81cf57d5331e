import type { Aspect } from './change.js'

/** Aspects as bits of a number, while a scan works out in what two entries differ. */
export const aspectBits: Readonly<Record<Aspect, number>> = {
  type: 1,
  mode: 2,
  owner: 4,
  xattrs: 8,
  times: 16,
  content: 32,
  links: 64,
}

/** One set for each combination: thousands of changes share a few. */
const sets: readonly ReadonlySet<Aspect>[] = Array.from({ length: 128 }, (_, bits) => {
  const aspects = Object.keys(aspectBits) as Aspect[]
  return new Set(aspects.filter((aspect) => (bits & aspectBits[aspect]) !== 0))
})

/** The aspects whose bits are set in `bits`. */
export function aspectSet(bits: number): ReadonlySet<Aspect> {
  return sets[bits] as ReadonlySet<Aspect>
}
