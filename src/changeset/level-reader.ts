import type { PairScan } from '../os/file-ops.js'
import { isInPlace, pairedRows, type Rows, readLevel } from './level-rows.js'
import type { Level, Scan } from './scan.js'

export interface ReadLevel {
  readonly level: Level
  readonly rows: Rows
}

/** The levels of a walk, each with what is there. The next ones are read by other threads while one is worked on. */
export interface LevelReader {
  add(levels: readonly Level[]): void
  /** `undefined` when there is none left. In no order. Errors as `readLevel`. */
  next(): Promise<ReadLevel | undefined>
}

/** Levels of one call. */
const batch = 64

/** Calls that wait or run. */
const mostReading = 4

/** Bytes of a path. A directory deeper down is opened from the one above it, not from the root. */
const longestPath = 1000

interface Reading {
  readonly levels: readonly Level[]
  readonly answer: Promise<(PairScan | undefined)[]>
}

export function createLevelReader(scan: Scan): LevelReader {
  const { ops, upper, lower } = scan.input
  const waiting: Level[] = []
  const reading: Reading[] = []
  const ready: { readonly level: Level; readonly pairs: PairScan | undefined }[] = []

  const start = (levels: readonly Level[]): void => {
    const paths = levels.map(({ path }) => path)
    const answer = ops.scanPairs(upper, isNew(levels[0]) ? undefined : lower, paths)
    // Who waits for it is told, but that may never come about when the scan fails.
    answer.catch(() => undefined)
    reading.push({ levels, answer })
  }

  /** The newest levels first, so that few wait. */
  const startAll = (): void => {
    while (reading.length < mostReading) {
      const most = Math.min(batch, Math.ceil(waiting.length / 2))
      let from = waiting.length
      const kind = isNew(waiting.at(-1))
      while (waiting.length - from < most && isReadAhead(waiting[from - 1]) && isNew(waiting[from - 1]) === kind)
        from -= 1
      if (from === waiting.length) return
      start(waiting.splice(from))
    }
  }

  const next = async (): Promise<ReadLevel | undefined> => {
    for (;;) {
      startAll()
      const read = ready.pop()
      // What could not be read says why when it is read by itself.
      if (read !== undefined)
        return {
          level: read.level,
          rows: read.pairs === undefined ? readLevel(scan, read.level) : pairedRows(read.pairs),
        }
      if (!isReadAhead(waiting.at(-1))) {
        const level = waiting.pop()
        if (level !== undefined) return { level, rows: readLevel(scan, level) }
      }
      const oldest = reading.shift()
      if (oldest === undefined) return undefined
      const answers = await oldest.answer
      for (const [index, level] of oldest.levels.entries()) ready.push({ level, pairs: answers[index] })
    }
  }

  const add = (levels: readonly Level[]): void => {
    for (const level of levels) waiting.push(level)
  }

  return { add, next }
}

/** It is in the same place in the upper and in the project, or in the upper alone. */
function isReadAhead(level: Level | undefined): boolean {
  if (level?.upper === undefined || !isInPlace(level)) return false
  return level.path.length <= longestPath
}

/** The project holds nothing there: what appears in it meanwhile must not be taken for what the session built upon. */
function isNew(level: Level | undefined): boolean {
  return level?.base === undefined
}
