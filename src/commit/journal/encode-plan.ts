import { formatSettled } from '../../fingerprint/ledger-format.js'
import { jsonName } from '../../paths/bytes.js'
import type { Attributes } from '../set-attributes.js'
import type { AttributesRecord, Checksum, ExpectedRecord, IdentityRecord } from './journal-format.js'
import { journalVersion } from './journal-format.js'
import type { ExchangeStep, Expected, Identity, JournalPlan, JournalStep, PlaceStep } from './journal-plan.js'

/** Turns records into the lines of a plan, in pieces of bounded size. */
export interface PlanEncoder {
  /** The piece that is full by now, if one is. */
  add(record: unknown): Uint8Array | undefined
  /** The last piece. */
  end(): Uint8Array
  /** After {@link end}: the checksum that the mark has to name. */
  sum(): string
}

/** Characters. */
const pieceSize = 1 << 20

/**
 * Each line is `<checksum of the rest> <JSON array>`. The last one holds the number of records and a checksum over all checksums, one after
 * the other.
 */
export function createPlanEncoder(checksum: Checksum): PlanEncoder {
  let sums = ''
  let count = 0
  let sum = ''
  let piece: string[] = []
  let size = 0
  const push = (record: unknown): void => {
    const text = JSON.stringify(record)
    const own = checksum(text)
    sums += own
    count += 1
    piece.push(own, ' ', text, '\n')
    size += text.length
  }
  const take = (): Uint8Array => {
    const taken = Buffer.from(piece.join(''))
    piece = []
    size = 0
    return taken
  }
  return {
    add: (record) => {
      push(record)
      return size < pieceSize ? undefined : take()
    },
    end: () => {
      sum = checksum(sums)
      push(['end', count, sum])
      return take()
    },
    sum: () => sum,
  }
}

/** The first record. */
export function encodeHead({ kind, id, closes }: Pick<JournalPlan, 'kind' | 'id' | 'closes'>): unknown {
  return ['journal', journalVersion, kind, id, closes]
}

/** What follows the steps. */
export function* encodeRest({
  directories,
  slotTimes,
  settled,
  redirects,
}: Omit<JournalPlan, 'steps'>): Generator<unknown> {
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

export function encodeStep(step: JournalStep): unknown {
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
