import { parseSettled } from '../../fingerprint/ledger-format.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { bytesFromJsonName } from '../../paths/bytes.js'
import { quoteName } from '../../paths/quote-name.js'
import { relPath } from '../../paths/rel-path.js'
import type { Attributes } from '../set-attributes.js'
import {
  type AttributesRecord,
  type Checksum,
  damaged,
  type ExpectedRecord,
  type IdentityRecord,
  isDamaged,
  journalVersion,
  parseJson,
} from './journal-format.js'
import type {
  Expected,
  Identity,
  JournalPlan,
  JournalStep,
  PlaceStep,
  RedirectMove,
  SettledChange,
  SlotTimes,
  TouchedDirectory,
} from './journal-plan.js'

/** A plan that was read back, with the checksum that the mark has to name. */
export interface DecodedPlan {
  readonly plan: JournalPlan
  readonly sum: string
}

/**
 * Reads a plan, all of it or nothing: a record that is torn, changed or missing makes the whole unknown.
 * @throws OverlayError `JOURNAL_DAMAGED`
 */
export function decodePlan(bytes: Uint8Array, checksum: Checksum): DecodedPlan {
  const sums: string[] = []
  const found: unknown[][] = []
  for (const [index, line] of linesOf(bytes).entries()) {
    const text = line.subarray(17)
    const own = Buffer.from(line.subarray(0, 17)).toString('latin1')
    if (own !== `${checksum(text)} `) throw damaged(`record ${index + 1} does not have its checksum`)
    sums.push(own.slice(0, 16))
    found.push(parseRecord(text, index))
  }
  const end = found.pop()
  const sum = checksum(sums.slice(0, -1).join(''))
  if (end?.[0] !== 'end' || end[1] !== found.length || end[2] !== sum) throw damaged('its end is missing')
  const [head, ...rest] = found
  if (head?.[0] !== 'journal') throw damaged('it does not begin as a journal')
  if (head[1] !== journalVersion) throw damaged(`its version is ${head[1]}, not ${journalVersion}`)
  try {
    return { plan: decodeRecords(head, rest), sum }
  } catch (error) {
    throw isDamaged(error) ? error : damaged('a record has another form', error)
  }
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  let at = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, at)) {
    lines.push(bytes.subarray(at, end))
    at = end + 1
  }
  if (at !== bytes.length) throw damaged('its last record is torn')
  return lines
}

function parseRecord(text: Uint8Array, index: number): unknown[] {
  const record = parseJson(text)
  if (!Array.isArray(record)) throw damaged(`record ${index + 1} has another form`)
  return record
}
function decodeRecords(head: unknown[], rest: readonly unknown[][]): JournalPlan {
  const steps: JournalStep[] = []
  const directories: TouchedDirectory[] = []
  const slotTimes: SlotTimes[] = []
  const settled: SettledChange[] = []
  const redirects: RedirectMove[] = []
  for (const record of rest) {
    if (record[0] === 'directory') directories.push(decodeDirectory(record))
    else if (record[0] === 'times') slotTimes.push(decodeSlotTimes(record))
    else if (record[0] === 'settled') settled.push(decodeSettled(record))
    else if (record[0] === 'redirect') redirects.push(decodeRedirect(record))
    else steps.push(decodeStep(record))
  }
  const [, , kind, id, closes] = head
  if ((kind !== 'commit' && kind !== 'undo') || typeof id !== 'string' || !/^\d+$/.test(id)) {
    throw damaged('its first record has another form')
  }
  return { id, kind, closes: closes === true, steps, directories, slotTimes, settled, redirects }
}

function decodeStep([does, first, second, third, fourth, fifth, sixth]: unknown[]): JournalStep {
  const path = pathOf(first)
  switch (does) {
    case 'place':
      return { does, path, ...decodeArrival(second, third, fourth, fifth) }
    case 'exchange': {
      const expected = decodeExpected(fifth)
      return { does, path, ...decodeArrival(second, third, fourth, sixth), expected }
    }
    case 'remove':
      return { does, path, slot: pathOf(second), expected: decodeExpected(third) }
    case 'move':
      return { does, path, from: pathOf(second), expected: decodeExpected(third) }
    case 'attributes': {
      const [before, after] = [decodeAttributes(third), decodeAttributes(fourth)]
      return { does, path, expected: decodeIdentity(second), before, after, xattrs: fifth === true }
    }
    default:
      throw damaged(`it has a record of the unknown kind ${quoteName(`${does}` as ByteString)}`)
  }
}

function decodeArrival(
  slot: unknown,
  staged: unknown,
  finish: unknown,
  strip: unknown,
): Omit<PlaceStep, 'does' | 'path'> {
  const names = strip === undefined ? [] : (strip as string[]).map(bytesFromJsonName)
  return { slot: pathOf(slot), staged: decodeIdentity(staged), finish: decodeFinish(finish), strip: names }
}

function decodeRedirect([, path, before, after]: unknown[]): RedirectMove {
  return { path: pathOf(path), before: bytesFromJsonName(before as string), after: bytesFromJsonName(after as string) }
}

function decodeDirectory([, path, ino, mode, atimeNs, mtimeNs, end, known]: unknown[]): TouchedDirectory {
  const times = end as unknown[] | null
  return {
    path: pathOf(path),
    ino: bigOf(ino),
    mode: numberOf(mode),
    atimeNs: bigOf(atimeNs),
    mtimeNs: bigOf(mtimeNs),
    endTimes: times === null ? undefined : { atimeNs: bigOf(times[0]), mtimeNs: bigOf(times[1]) },
    known: known === true,
  }
}

function decodeSlotTimes([, slot, atimeNs, mtimeNs]: unknown[]): SlotTimes {
  return { slot: pathOf(slot), atimeNs: bigOf(atimeNs), mtimeNs: bigOf(mtimeNs) }
}

function decodeSettled([, path, upper, placed, contested]: unknown[]): SettledChange {
  const identity = placed === null ? undefined : placed === 'absent' ? placed : decodeIdentity(placed)
  const isWord = upper === null || upper === 'whiteout' || upper === 'none'
  return {
    path: pathOf(path),
    upper: isWord ? (upper ?? undefined) : parseSettled(upper),
    placed: identity,
    ...(contested === true ? { contested } : {}),
  }
}

function decodeExpected(value: unknown): Expected {
  const [stat, subtree] = value as ExpectedRecord
  return { stat: decodeIdentity(stat), subtree: subtree ?? undefined }
}

function decodeIdentity(value: unknown): Identity {
  const [type, mode, uid, gid, size, ino, mtimeNs] = value as IdentityRecord
  const numbers = { mode: numberOf(mode), uid: numberOf(uid), gid: numberOf(gid), size: numberOf(size) }
  return { type, ...numbers, ino: bigOf(ino), mtimeNs: bigOf(mtimeNs) }
}

function decodeFinish(value: unknown): Attributes | undefined {
  return value === null ? undefined : decodeAttributes(value)
}

function decodeAttributes(value: unknown): Attributes {
  const [type, mode, uid, gid, atimeNs, mtimeNs, xattrs] = value as AttributesRecord
  const pairs = xattrs.map(([key, data]) => [bytesFromJsonName(key), Buffer.from(data, 'base64')] as const)
  const numbers = { mode: numberOf(mode), uid: numberOf(uid), gid: numberOf(gid) }
  return { type, ...numbers, atimeNs: bigOf(atimeNs), mtimeNs: bigOf(mtimeNs), xattrs: new Map(pairs) }
}

function pathOf(value: unknown): RelPath {
  if (typeof value !== 'string') throw damaged('a path is missing')
  return relPath(bytesFromJsonName(value))
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw damaged('a number is missing')
  return value
}

function bigOf(value: unknown): bigint {
  if (typeof value !== 'string' || !/^-?\d+$/.test(value)) throw damaged('a number is missing')
  return BigInt(value)
}
