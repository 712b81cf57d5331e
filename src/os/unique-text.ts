/**
 * 24 hexadecimal digits that nobody else draws at the same moment: for names that are made with `O_EXCL` and the like
 * in directories of ours. Not for what nobody may guess.
 */
export function uniqueText(): string {
  return Array.from({ length: 2 }, () => Math.floor(Math.random() * 2 ** 48))
    .map((number) => number.toString(16).padStart(12, '0'))
    .join('')
}
