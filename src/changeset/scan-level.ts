import type { Fd, ScannedEntry } from '../os/file-ops.js'
import { isWhiteoutDevice } from '../overlay-format/whiteout.js'
import type { ByteString } from '../paths/byte-string.js'
import { joinRel } from '../paths/rel-path.js'
import type { PooledDir } from './dir-pool.js'
import { type LayerEntry, scanned } from './layer-entry.js'
import { sessionsDirectory } from './masks.js'
import { readUpper } from './read-upper.js'
import type { Level, LevelFds, Place, Scan } from './scan.js'
import { scanPlace } from './scan-place.js'

/** The entries of one directory of merged; returns the directories below it that are to be looked at. */
export async function scanLevel(scan: Scan, level: Level): Promise<Level[]> {
  const { fds, rows } = openLevel(scan, level)
  const below: Level[] = []
  for (const row of rows) {
    const place = placeOf(level, fds, row.name)
    if (!isSessions(scan, place, row.upper)) {
      const child = await scanPlace(scan, place, row.upper, row.lower, row.base)
      if (child !== undefined) below.push(child)
    }
    scan.entries += 1
    const turn = scan.pace.due()
    if (turn !== undefined) {
      scan.input.onProgress?.(scan.entries)
      await turn
    }
  }
  for (const dir of new Set([level.upper, level.lower, level.base])) if (dir !== undefined) scan.pool.finish(dir)
  return below
}

/** One name of a level with what the layers hold there. */
interface Row {
  readonly name: ByteString
  readonly upper: ScannedEntry | undefined
  readonly lower: LayerEntry | undefined
  readonly base: LayerEntry | undefined
}

function openLevel(scan: Scan, level: Level): { fds: LevelFds; rows: readonly Row[] } {
  const { pool, input } = scan
  const open = (dir: PooledDir | undefined): Fd | undefined => (dir === undefined ? undefined : pool.open(dir))
  const { fd: upper, entries } = level.upper === undefined ? noUpper : readUpper(input.ops, pool, level.upper)
  const fds = { upper, lower: open(level.lower), base: open(level.base) }
  const inPlace = level.lower !== undefined && level.lower === level.base
  const rows = inPlace ? rowsInPlace(scan, fds, entries) : rowsMoved(scan, fds, entries)
  return { fds, rows: rows.sort((one, other) => (one.name < other.name ? -1 : 1)) }
}

const noUpper = { fd: undefined, entries: [] }

/** The usual case: a name that the upper does not hold is unchanged, so none of these is looked at. */
function rowsInPlace(scan: Scan, fds: LevelFds, upper: readonly ScannedEntry[]): Row[] {
  const [gone, there] = [upper.filter(isWhiteout), upper.filter((entry) => !isWhiteout(entry))]
  // What is deleted is never compared, and its attributes need not be readable.
  const base = new Map([...look(scan, fds.base, false, namesOf(gone)), ...look(scan, fds.base, true, namesOf(there))])
  return upper.map((entry) => ({
    name: entry.name,
    upper: entry,
    lower: base.get(entry.name),
    base: base.get(entry.name),
  }))
}

/** Opaque, new and renamed directories: every name of every layer counts. */
function rowsMoved(scan: Scan, fds: LevelFds, upper: readonly ScannedEntry[]): Row[] {
  const own = new Map(upper.map((entry) => [entry.name, entry]))
  const lower = look(scan, fds.lower, true)
  const all = look(scan, fds.base, false)
  const shown = [...all.keys()].filter((name) => own.has(name) || lower.has(name))
  const base = new Map([...all, ...look(scan, fds.base, true, shown)])
  return [...new Set([...own.keys(), ...lower.keys(), ...base.keys()])].map((name) => ({
    name,
    upper: own.get(name),
    lower: lower.get(name),
    base: base.get(name),
  }))
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

function isWhiteout({ stat }: ScannedEntry): boolean {
  return isWhiteoutDevice(stat)
}

function namesOf(entries: readonly ScannedEntry[]): ByteString[] {
  return entries.map(({ name }) => name)
}

function placeOf(level: Level, fds: LevelFds, name: ByteString): Place {
  return { level, fds, name, path: joinRel(level.path, name), mask: level.masks?.children.get(name) }
}

/** The sessions' own directory is no part of a session, whatever stands there in an upper. */
function isSessions(scan: Scan, place: Place, upper: ScannedEntry | undefined): boolean {
  if (place.level.path !== '' || place.name !== sessionsDirectory) return false
  if (upper !== undefined && !isWhiteoutDevice(upper.stat)) {
    scan.ignored.push({
      path: place.path,
      reason: 'no session holds the sessions’ own directory; somebody put it into the upper',
    })
  }
  return true
}
