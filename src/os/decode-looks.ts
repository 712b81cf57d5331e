import { xattrsIn } from './attribute-text.js'
import { decodeStat, statRows, statSlots } from './decode-stat.js'
import type { SeenEntry } from './file-ops.js'
import type { LookedAt } from './native-addon.js'

/** The answer of `FileOps.lookAt`. */
export function decodeLooks({ rows, ends, text }: LookedAt): (SeenEntry | undefined)[] {
  const stats = statRows(rows)
  return Array.from(ends, (end, index) => {
    // The first slot of a stat is the type.
    if (stats.counts[index * statSlots] === 0) return undefined
    const start = index === 0 ? 0 : (ends[index - 1] as number)
    return { stat: decodeStat(stats, index), xattrs: () => xattrsIn(text, start, end) }
  })
}
