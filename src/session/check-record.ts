import type { FileOps } from '../os/file-ops.js'
import type { AbsPath } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { quoteName } from '../paths/quote-name.js'
import { joinAbs } from '../paths/rel-path.js'
import { corrupt } from './json-field.js'
import { readLayersOwner } from './layers-owner.js'
import { projectKey, sessionLayout } from './layout.js'
import { baseName, parentDir, withDirIfAny } from './open-dirs.js'
import { placeOf } from './session.js'
import { isHeld } from './session-lock.js'
import type { SessionRecord } from './session-record.js'

/**
 * Holds a record against the place where it was found, as it may have been moved, copied or written by hand. Root
 * acts on what it says, so nothing in it may lead root to what its owner could not have reached.
 *
 * Returns the record to go by: that of a project which was moved or copied with its sessions names the new place.
 * @throws OverlayError `SESSION_CORRUPT`
 */
export function checkRecord(ops: FileOps, project: AbsPath, dir: AbsPath, record: SessionRecord): SessionRecord {
  const file = quoteName(joinAbs(dir, 'session.json'))
  if (bytesFromText(record.id) !== baseName(dir))
    throw corrupt(file, `Expected the id "${baseName(dir)}", got "${record.id}"`)
  const owner = ownerOf(ops, dir)
  if (record.family === 'trusted' && owner !== 0)
    throw corrupt(file, 'Expected a session with trusted marks to be root’s')
  checkLayers(ops, dir, record, owner, file)
  return record.project === project ? record : movedRecord(ops, project, dir, record, file)
}

function checkLayers(ops: FileOps, dir: AbsPath, record: SessionRecord, owner: number | undefined, file: string): void {
  const { layers, id, project } = record
  if (layers === undefined) return
  const expected = joinAbs(joinAbs(parentDir(parentDir(layers)), projectKey(project)), id)
  if (layers !== expected || layers === dir)
    throw corrupt(file, `Expected \`layers\` to end in ${projectKey(project)}/${id}, got ${quoteName(layers)}`)
  const found = ownerOf(ops, layers)
  if (found !== undefined && found !== owner)
    throw corrupt(file, `Expected ${quoteName(layers)} to belong to the session's owner`)
  const sessions = readLayersOwner(ops, layers)
  if (found !== undefined && sessions !== parentDir(dir)) {
    throw corrupt(
      file,
      `Expected ${quoteName(layers)} to be the layers of this session: its owner.json names another place`,
    )
  }
}

function movedRecord(ops: FileOps, project: AbsPath, dir: AbsPath, record: SessionRecord, file: string): SessionRecord {
  const moved = { ...record, project }
  if (placeOf(dir, moved).shadow.startsWith(`${dir}/`)) {
    throw corrupt(file, `Expected the project ${quoteName(project)}, got ${quoteName(record.project)}`)
  }
  // In a copy the lock is nobody's, and the holder is the original's.
  return isHeld(ops, sessionLayout(placeOf(dir, moved)).lock) ? moved : { ...moved, holder: undefined }
}

function ownerOf(ops: FileOps, dir: AbsPath): number | undefined {
  return withDirIfAny(ops, dir, (fd) => ops.statFd(fd).uid)
}
