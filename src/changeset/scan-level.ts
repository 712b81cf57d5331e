import type { Fd, ScannedEntry } from '../os/file-ops.js'
import { isWhiteoutDevice } from '../overlay-format/whiteout.js'
import type { ByteString } from '../paths/byte-string.js'
import { joinRel } from '../paths/rel-path.js'
import type { PooledDir } from './dir-pool.js'
import { type LayerEntry, scanned } from './layer-entry.js'
import { sessionsDirectory } from './masks.js'
import type { Level, LevelFds, Place, Scan } from './scan.js'
import { scanPlace } from './scan-place.js'

/** The entries of one directory of merged; returns the directories below it that are to be looked at. */
export async function scanLevel(scan: Scan, level: Level): Promise<Level[]> {
  const fds = openLevel(scan, level)
  const below: Level[] = []
  for (const row of rowsOf(scan, level, fds)) {
    const place = placeOf(level, fds, row.name)
    if (!isSessions(scan, place, row.upper)) {
      const child = await scanPlace(scan, place, row.upper, row.lower(), row.base())
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

function openLevel(scan: Scan, level: Level): LevelFds {
  const open = (dir: PooledDir | undefined): number | undefined => (dir === undefined ? undefined : scan.pool.open(dir))
  return { upper: open(level.upper), lower: open(level.lower), base: open(level.base) }
}

/** One name of a level with what the layers hold there. */
interface Row {
  readonly name: ByteString
  readonly upper: ScannedEntry | undefined
  readonly lower: () => LayerEntry | undefined
  readonly base: () => LayerEntry | undefined
}

function rowsOf(scan: Scan, level: Level, fds: LevelFds): Row[] {
  const { ops } = scan.input
  const upper = fds.upper === undefined ? [] : ops.scanDir(fds.upper, { xattrs: true })
  const rows =
    level.lower !== undefined && level.lower === level.base
      ? rowsInPlace(scan, fds, upper)
      : rowsMoved(scan, fds, upper)
  return rows.sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** The usual case: a name that the upper does not hold is unchanged, so none of these is looked at. */
function rowsInPlace(scan: Scan, fds: LevelFds, upper: readonly ScannedEntry[]): Row[] {
  const base = byName(scan, fds.base, upper)
  return upper.map((entry) => {
    const found = (): LayerEntry | undefined => entryOf(base.get(entry.name))
    return { name: entry.name, upper: entry, lower: found, base: found }
  })
}

/** Opaque, new and renamed directories: every name of every layer counts. */
function rowsMoved(scan: Scan, fds: LevelFds, upper: readonly ScannedEntry[]): Row[] {
  const own = new Map(upper.map((entry) => [entry.name, entry]))
  const lower = byName(scan, fds.lower)
  const base = byName(scan, fds.base)
  return [...new Set([...own.keys(), ...lower.keys(), ...base.keys()])].map((name) => ({
    name,
    upper: own.get(name),
    lower: () => entryOf(lower.get(name)),
    base: () => entryOf(base.get(name)),
  }))
}

/** The entries of a directory, or those that have a name of `like`. */
function byName(scan: Scan, dir: Fd | undefined, like?: readonly ScannedEntry[]): Map<ByteString, ScannedEntry> {
  if (dir === undefined) return new Map()
  const only = like === undefined ? {} : { only: like.map(({ name }) => name) }
  return new Map(scan.input.ops.scanDir(dir, { xattrs: true, ...only }).map((entry) => [entry.name, entry]))
}

function entryOf(entry: ScannedEntry | undefined): LayerEntry | undefined {
  return entry === undefined ? undefined : scanned(entry)
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
