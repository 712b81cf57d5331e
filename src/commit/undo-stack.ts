/** Ways back, done in reverse order when a commit fails half way. */
export interface UndoStack {
  push(wayBack: () => void): void
  /** Goes all the way back, past steps that fail; their errors are returned. */
  unwind(): unknown[]
}

export function createUndoStack(): UndoStack {
  const waysBack: (() => void)[] = []
  return {
    push: (wayBack) => {
      waysBack.push(wayBack)
    },
    unwind: () => {
      const failures: unknown[] = []
      for (let wayBack = waysBack.pop(); wayBack !== undefined; wayBack = waysBack.pop()) {
        try {
          wayBack()
        } catch (error) {
          failures.push(error)
        }
      }
      return failures
    },
  }
}
