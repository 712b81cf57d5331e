/** Milliseconds of silence: only longer work says how far it is. */
const quietTime = 1000
const redrawInterval = 100

export interface ProgressLine {
  update(label: string, done: number, total: number): void
  /** Wipes the line; nothing is left of it. */
  clear(): void
}

/** One line on standard error, redrawn in place; nothing where `isShown` says no, which it is asked late. */
export function progressLine(write: (text: string) => void, isShown: () => boolean, now: () => number): ProgressLine {
  const start = now()
  let drawn = 0
  let shown: boolean | undefined
  return {
    update(label, done, total) {
      const time = now()
      if (time - start < quietTime || time - drawn < redrawInterval) return
      shown ??= isShown()
      if (!shown) return
      drawn = time
      const share =
        total > 0 ? ` ${Math.floor((100 * done) / total)}% (${done}/${total})` : done > 0 ? ` ${done}` : ' …'
      write(`\r\u001b[K${label}${share}`)
    },
    clear() {
      if (drawn > 0) write('\r\u001b[K')
      drawn = 0
    },
  }
}
