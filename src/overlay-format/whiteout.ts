import type { EntryStat } from '../os/entry-stat.js'
import type { Marks } from './marks.js'

/**
 * How an entry stands for a deletion.
 * - `device`: a character device 0:0, the kernel's own form.
 * - `attribute`: an empty regular file with the `whiteout` mark, below a directory whose `opaque` mark is `x`.
 * - `stray`: such a file anywhere else. No backend writes one, and kernels disagree: before 6.7 it is a plain empty
 *   file, since then a lookup in merged finds nothing while a listing still names it.
 */
export type WhiteoutForm = 'device' | 'attribute' | 'stray'

/** `parentOpaque` is the opaque mark of the directory that holds the entry. */
export function whiteoutForm(
  stat: Pick<EntryStat, 'type' | 'size' | 'rdevMajor' | 'rdevMinor'>,
  marks: Pick<Marks, 'whiteout'>,
  parentOpaque: Marks['opaque'],
): WhiteoutForm | undefined {
  if (isWhiteoutDevice(stat)) return 'device'
  if (!marks.whiteout || stat.type !== 'file' || stat.size !== 0) return undefined
  return parentOpaque === 'x' ? 'attribute' : 'stray'
}

export function isWhiteoutDevice(stat: Pick<EntryStat, 'type' | 'rdevMajor' | 'rdevMinor'>): boolean {
  return stat.type === 'char' && stat.rdevMajor === 0 && stat.rdevMinor === 0
}
