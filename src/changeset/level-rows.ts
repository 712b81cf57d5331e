import type { Fd, PairScan } from '../os/file-ops.js'
import type { ByteString } from '../paths/byte-string.js'
import type { PooledDir } from './dir-pool.js'
import { type LayerEntry, scanned } from './layer-entry.js'
import { openUpper, readUpper } from './read-upper.js'
import type { Level, Scan } from './scan.js'

/** One name of a level with what the layers hold there. */
export interface Row {
  readonly name: ByteString
  readonly upper: LayerEntry | undefined
  readonly lower: LayerEntry | undefined
  readonly base: LayerEntry | undefined
}

/** The names of a level in byte order; each row is made when it is asked for. */
export interface Rows {
  readonly length: number
  at(index: number): Row
}

interface LevelFds {
  readonly upper: Fd | undefined
  readonly lower: Fd | undefined
  readonly base: Fd | undefined
}

/** Reads a level at once. Errors: `SystemError`, and as `readUpper`. */
export function readLevel(scan: Scan, level: Level): Rows {
  const { pool } = scan
  const open = (dir: PooledDir | undefined): Fd | undefined => (dir === undefined ? undefined : pool.open(dir))
  const upper = level.upper === undefined ? undefined : openUpper(pool, level.upper)
  const fds = { upper, lower: open(level.lower), base: open(level.base) }
  return isInPlace(level) ? rowsInPlace(scan, level, fds) : rowsMoved(scan, level, fds)
}

/** It is merged from upper and project at the same path, or from the upper alone where the project holds nothing. */
export function isInPlace({ lower, base }: Level): boolean {
  return lower === base
}

/** The usual cases: a name that the upper does not hold is unchanged, or not there, so none of these is looked at. */
function rowsInPlace({ input: { ops } }: Scan, { path }: Level, { upper, base }: LevelFds): Rows {
  if (upper === undefined) return { length: 0, at: noRow }
  return pairedRows(readUpper(ops, upper, path, () => ops.scanPair(upper, base)))
}

/** The rows of a level that {@link isInPlace}. */
export function pairedRows(pairs: PairScan): Rows {
  return {
    length: pairs.length,
    at: (index) => {
      const { name, own, other } = pairs.at(index)
      return { name, upper: own, lower: other, base: other }
    },
  }
}

function noRow(): never {
  throw new RangeError('Expected an index below the length')
}

/** Opaque, new and renamed directories: every name of every layer counts. */
function rowsMoved(scan: Scan, { path }: Level, fds: LevelFds): Rows {
  const { ops } = scan.input
  const { upper } = fds
  const own = upper === undefined ? new Map() : readUpper(ops, upper, path, () => look(scan, upper, true))
  const lower = look(scan, fds.lower, true)
  const all = look(scan, fds.base, false)
  const shown = [...all.keys()].filter((name) => own.has(name) || lower.has(name))
  const base = new Map([...all, ...look(scan, fds.base, true, shown)])
  const names = [...new Set([...own.keys(), ...lower.keys(), ...base.keys()])].sort(compareBytes)
  return {
    length: names.length,
    at: (index) => {
      const name = names[index] as ByteString
      return { name, upper: own.get(name), lower: lower.get(name), base: base.get(name) }
    },
  }
}

/** The entries of a directory, or those of the given names. */
function look(
  scan: Scan,
  dir: Fd | undefined,
  xattrs: boolean,
  only?: readonly ByteString[],
): Map<ByteString, LayerEntry> {
  if (dir === undefined || only?.length === 0) return new Map()
  const options = only === undefined ? { xattrs } : { xattrs, only }
  return new Map(scan.input.ops.scanDir(dir, options).map((entry) => [entry.name, scanned(entry)]))
}

function compareBytes(one: string, other: string): number {
  return one < other ? -1 : 1
}
