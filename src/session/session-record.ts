import type { BackendName } from '../mount/backend.js'
import type { MarkFamily } from '../overlay-format/mark-names.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import { bytesFromJsonName, jsonName } from '../paths/bytes.js'
import { absPath, relPath } from '../paths/rel-path.js'
import { type SessionId, sessionId } from '../paths/session-id.js'
import type { Epoch } from './epoch.js'
import {
  bigField,
  choiceField,
  corrupt,
  countField,
  flagField,
  isNull,
  type JsonSource,
  objectField,
  onlyFields,
  parseJsonObject,
  textField,
  textsField,
  unexpected,
} from './json-field.js'

/** The process that keeps a session mounted. A pid alone may belong to somebody else by now. */
export interface HolderIdentity {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/<pid>/stat. */
  readonly startTime: bigint
  /** Boot in which the pid and the start time mean anything. */
  readonly bootId: string
}

/** What session.json holds, version 1 (docs/on-disk-format.md). */
export interface SessionRecord {
  readonly id: SessionId
  readonly project: AbsPath
  /** ISO 8601, UTC. */
  readonly created: string
  /** ISO 8601, UTC: when a command last changed the session's state. */
  readonly lastSeen: string
  /** The backend used last. */
  readonly backend: BackendName
  readonly family: MarkFamily
  readonly epoch: Epoch
  readonly fingerprint: 'auto' | 'full'
  /** Patterns given with `--hide`, in gitignore's syntax. */
  readonly hide: readonly string[]
  /** Paths that a whiteout of ours hides from the session, `.openagentic` among them. */
  readonly masks: readonly RelPath[]
  /** Where `upper/` and `work/` lie, if not beside session.json. */
  readonly layers: AbsPath | undefined
  readonly holder: HolderIdentity | undefined
  /** The FUSE backend has had the session, so its redirects are genuine. */
  readonly servedByFuse: boolean
}

const version = 1

const fieldNames = [
  'version',
  'id',
  'project',
  'created',
  'lastSeen',
  'backend',
  'family',
  'epoch',
  'fingerprint',
  'hide',
  'masks',
  'layers',
  'holder',
  'servedByFuse',
]

/**
 * Reads session.json. `file` names it in errors.
 * @throws OverlayError `SESSION_CORRUPT`, with the field that is wrong, what was expected and what was found.
 */
export function parseSessionRecord(text: string, file: string): SessionRecord {
  const source = parseJsonObject(text, file)
  checkVersion(source)
  onlyFields(source, fieldNames)
  return {
    id: checked(source, 'id', (text) => sessionId(text)),
    project: checked(source, 'project', parsePath),
    created: momentField(source, 'created'),
    lastSeen: momentField(source, 'lastSeen'),
    backend: choiceField(source, 'backend', ['kernel', 'userns', 'fuse']),
    family: choiceField(source, 'family', ['trusted', 'user']),
    epoch: parseEpoch(objectField(source, 'epoch')),
    fingerprint: choiceField(source, 'fingerprint', ['auto', 'full']),
    hide: textsField(source, 'hide'),
    masks: textsField(source, 'masks').map((name) => parseMask(source, name)),
    layers: isNull(source, 'layers') ? undefined : checked(source, 'layers', parsePath),
    holder: isNull(source, 'holder') ? undefined : parseHolder(objectField(source, 'holder')),
    servedByFuse: flagField(source, 'servedByFuse'),
  }
}

/** The text of session.json; inverse of {@link parseSessionRecord}. */
export function formatSessionRecord(record: SessionRecord): string {
  const { epoch, holder } = record
  const fields = {
    version,
    id: record.id,
    project: jsonName(record.project),
    created: record.created,
    lastSeen: record.lastSeen,
    backend: record.backend,
    family: record.family,
    epoch: {
      ctimeNs: `${epoch.ctimeNs}`,
      realtimeNs: `${epoch.realtimeNs}`,
      boottimeNs: `${epoch.boottimeNs}`,
      bootId: epoch.bootId,
      ctimeTrusted: epoch.ctimeTrusted,
    },
    fingerprint: record.fingerprint,
    hide: record.hide,
    masks: record.masks.map(jsonName),
    layers: record.layers === undefined ? null : jsonName(record.layers),
    holder: holder === undefined ? null : { pid: holder.pid, startTime: `${holder.startTime}`, bootId: holder.bootId },
    servedByFuse: record.servedByFuse,
  }
  return `${JSON.stringify(fields, undefined, 2)}\n`
}

function checkVersion(source: JsonSource): void {
  if (source.fields.version === version) return
  const found = source.fields.version
  if (Number.isSafeInteger(found) && (found as number) > version) {
    throw corrupt(source.file, `Expected version ${version}, got ${found}: a newer openagentic-overlay wrote it`)
  }
  throw unexpected(source, 'version', `${version}`)
}

function parseEpoch(source: JsonSource): Epoch {
  onlyFields(source, ['ctimeNs', 'realtimeNs', 'boottimeNs', 'bootId', 'ctimeTrusted'])
  return {
    ctimeNs: bigField(source, 'ctimeNs'),
    realtimeNs: bigField(source, 'realtimeNs'),
    boottimeNs: bigField(source, 'boottimeNs'),
    bootId: textField(source, 'bootId'),
    ctimeTrusted: flagField(source, 'ctimeTrusted'),
  }
}

function parseHolder(source: JsonSource): HolderIdentity {
  onlyFields(source, ['pid', 'startTime', 'bootId'])
  const pid = countField(source, 'pid')
  if (pid < 2) throw unexpected(source, 'pid', 'a process id above 1')
  return { pid, startTime: bigField(source, 'startTime'), bootId: textField(source, 'bootId') }
}

function parseMask(source: JsonSource, name: string): RelPath {
  const bytes = bytesFromJsonName(name)
  try {
    if (bytes !== '') return relPath(bytes)
  } catch (error) {
    throw corrupt(source.file, `Expected \`masks\` to hold paths below the project, got ${JSON.stringify(name)}`, error)
  }
  throw corrupt(source.file, 'Expected `masks` to hold paths below the project, got the project itself')
}

/** Only a path that is already in its normal form: `..` in it would mean a hand has been at it. */
function parsePath(text: string): AbsPath {
  const bytes = bytesFromJsonName(text)
  const path = absPath(bytes)
  if (path !== bytes) throw new RangeError('not normalised')
  return path
}

function momentField(source: JsonSource, name: string): string {
  const text = textField(source, name)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) throw unexpected(source, name, 'a UTC time in ISO 8601')
  return text
}

function checked<T>(source: JsonSource, name: string, parse: (text: string) => T): T {
  const text = textField(source, name)
  try {
    return parse(text)
  } catch (error) {
    throw corrupt(
      source.file,
      `Expected \`${name}\` to be ${name === 'id' ? 'a session id' : 'an absolute path'}, got ${JSON.stringify(text)}`,
      error,
    )
  }
}
