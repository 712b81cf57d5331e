import { formatSettled } from '../../fingerprint/ledger-format.js'
import { jsonName } from '../../paths/bytes.js'
import type { Attributes } from '../set-attributes.js'
import type { AttributesRecord, Checksum, ExpectedRecord, IdentityRecord } from './journal-format.js'
import { journalVersion } from './journal-format.js'
import type { ExchangeStep, Expected, Identity, JournalPlan, JournalStep, PlaceStep } from './journal-plan.js'

/**
 * The lines of a plan, in pieces of bounded size: each `<checksum of the rest> <JSON array>`. The last one holds the number of records and
 * a checksum over all checksums.
 */
export function* encodePlan(plan: JournalPlan, checksum: Checksum): Generator<Uint8Array, string> {
  const sums: string[] = []
  let piece: string[] = []
  let size = 0
  const line = (record: unknown): string => {
    const text = JSON.stringify(record)
    const sum = checksum(text)
    sums.push(sum)
    return `${sum} ${text}\n`
  }
  for (const record of records(plan)) {
    const text = line(record)
    piece.push(text)
    size += text.length
    if (size < pieceSize) continue
    yield Buffer.from(piece.join(''))
    piece = []
    size = 0
  }
  const sum = checksum(sums.join(''))
  piece.push(line(['end', sums.length, sum]))
  yield Buffer.from(piece.join(''))
  return sum
}

/** Characters. */
const pieceSize = 1 << 20

function* records({
  id,
  kind,
  closes,
  steps,
  directories,
  slotTimes,
  settled,
  redirects,
}: JournalPlan): Generator<unknown> {
  yield ['journal', journalVersion, kind, id, closes]
  for (const step of steps) yield encodeStep(step)
  for (const { path, ino, mode, atimeNs, mtimeNs, endTimes, known } of directories) {
    const end = endTimes === undefined ? null : [`${endTimes.atimeNs}`, `${endTimes.mtimeNs}`]
    yield ['directory', jsonName(path), `${ino}`, mode, `${atimeNs}`, `${mtimeNs}`, end, known]
  }
  for (const { slot, atimeNs, mtimeNs } of slotTimes) yield ['times', jsonName(slot), `${atimeNs}`, `${mtimeNs}`]
  for (const { path, upper, placed, contested } of settled) {
    const identity = typeof upper === 'object' ? formatSettled(upper) : (upper ?? null)
    const entry = typeof placed === 'object' ? encodeIdentity(placed) : (placed ?? null)
    yield ['settled', jsonName(path), identity, entry, ...(contested ? [true] : [])]
  }
  for (const { path, before, after } of redirects) {
    yield ['redirect', jsonName(path), jsonName(before), jsonName(after)]
  }
}

function encodeStep(step: JournalStep): unknown {
  const path = jsonName(step.path)
  switch (step.does) {
    case 'place':
      return [
        'place',
        path,
        jsonName(step.slot),
        encodeIdentity(step.staged),
        encodeFinish(step.finish),
        ...stripped(step),
      ]
    case 'exchange': {
      const { slot, staged, finish, expected } = step
      const arrival = [path, jsonName(slot), encodeIdentity(staged), encodeFinish(finish)]
      return ['exchange', ...arrival, encodeExpected(expected), ...stripped(step)]
    }
    case 'remove':
      return ['remove', path, jsonName(step.slot), encodeExpected(step.expected)]
    case 'move':
      return ['move', path, jsonName(step.from), encodeExpected(step.expected)]
    case 'attributes': {
      const { expected, before, after, xattrs } = step
      return ['attributes', path, encodeIdentity(expected), encodeAttributes(before), encodeAttributes(after), xattrs]
    }
  }
}

/** Seldom any. */
function stripped({ strip }: PlaceStep | ExchangeStep): [] | [string[]] {
  return strip.length === 0 ? [] : [strip.map(jsonName)]
}

function encodeIdentity({ type, mode, uid, gid, size, ino, mtimeNs }: Identity): IdentityRecord {
  return [type, mode, uid, gid, size, `${ino}`, `${mtimeNs}`]
}

function encodeExpected({ stat, subtree }: Expected): ExpectedRecord {
  return [encodeIdentity(stat), subtree ?? null]
}

function encodeFinish(finish: Attributes | undefined): AttributesRecord | null {
  return finish === undefined ? null : encodeAttributes(finish)
}

function encodeAttributes({ type, mode, uid, gid, atimeNs, mtimeNs, xattrs }: Attributes): AttributesRecord {
  const pairs = [...xattrs].map(([key, value]): [string, string] => [
    jsonName(key),
    Buffer.from(value).toString('base64'),
  ])
  return [type, mode, uid, gid, `${atimeNs}`, `${mtimeNs}`, pairs]
}
