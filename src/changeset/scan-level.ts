import { isWhiteoutDevice } from '../overlay-format/whiteout.js'
import { joinRel } from '../paths/rel-path.js'
import type { ReadLevel } from './level-reader.js'
import type { Row } from './level-rows.js'
import { sessionsDirectory } from './masks.js'
import type { Level, Place, Scan } from './scan.js'
import { scanPlace } from './scan-place.js'

/** Entries between two looks at the clock. */
const stride = 32

/** The entries of one directory of merged; returns the directories below it that are to be looked at. */
export async function scanLevel(scan: Scan, { level, rows }: ReadLevel): Promise<Level[]> {
  const below: Level[] = []
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows.at(index)
    const place = placeOf(level, row)
    if (!isSessions(scan, place, row)) {
      const child = scanPlace(scan, place, row)
      if (child !== undefined) below.push(child)
    }
    scan.entries += 1
    const turn = scan.entries % stride === 0 ? scan.pace.due() : undefined
    if (turn !== undefined) {
      scan.input.onProgress?.(scan.entries)
      await turn
    }
  }
  for (const dir of new Set([level.upper, level.lower, level.base])) if (dir !== undefined) scan.pool.finish(dir)
  return below
}

function placeOf(level: Level, { name }: Row): Place {
  return { level, name, path: joinRel(level.path, name), mask: level.masks?.children.get(name) }
}

/** The sessions' own directory is no part of a session, whatever stands there in an upper. */
function isSessions(scan: Scan, { level, name, path }: Place, { upper }: Row): boolean {
  if (level.path !== '' || name !== sessionsDirectory) return false
  if (upper !== undefined && !isWhiteoutDevice(upper.stat)) {
    scan.ignored.push({ path, reason: 'no session holds the sessions’ own directory; somebody put it into the upper' })
  }
  return true
}
