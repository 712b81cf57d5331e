import type { EntryType } from '../os/entry-stat.js'
import { bytesFromJsonName, jsonName } from '../paths/bytes.js'
import { relPath } from '../paths/rel-path.js'
import type { Fingerprint } from './fingerprint.js'
import type { LedgerFact, SettledUpper } from './ledger.js'

/** Version of the lines below; a ledger with another one is not read. */
const ledgerVersion = 1

type BaseLine = [
  type: EntryType,
  mode: number,
  uid: number,
  gid: number,
  size: number,
  ino: string,
  mtimeNs: string,
  ctimeNs: string,
  hash: string | null,
  target: string | null,
  attributes?: string | null,
]
type SettledLine = [ino: string, ctimeNs: string, size: number, merged?: BaseLine]

/** A ledger file as it was read. */
export interface ParsedLedger {
  readonly complete: boolean
  readonly facts: LedgerFact[]
  /** Bytes that were understood, and so the place where the next line goes. */
  readonly validLength: number
}

/** First line of a ledger file. */
export function formatHeader(complete: boolean): string {
  return `${JSON.stringify({ version: ledgerVersion, complete })}\n`
}

/** One line: `[path, "base"|"settled", value]`; a later line replaces an earlier one. See docs/on-disk-format.md. */
export function formatFact(fact: LedgerFact): string {
  const name = asciiJson(jsonName(fact.path))
  return 'base' in fact
    ? `[${name},"base",${formatBase(fact.base)}]\n`
    : `[${name},"settled",${asciiJson(formatSettled(fact.settled))}]\n`
}

/** What JSON writes as it is. */
const plain = /^[ !#-[\]-~]*$/

/** One char a byte, whatever the names hold, so that a position in the text is one in the file. */
function asciiJson(value: unknown): string {
  if (typeof value === 'string' && plain.test(value)) return `"${value}"`
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Reads a ledger piece by piece, up to the first line that is torn or not understood. */
export interface LedgerReader {
  /** Takes the next piece of the file, of any length. `false`: what follows does not count. */
  push(text: string): boolean
  /** What was understood; `undefined` when even the header was not. */
  end(): ParsedLedger | undefined
}

/** What is left out is not known then, and that can only make the check more careful. */
export function createLedgerReader(): LedgerReader {
  const facts: LedgerFact[] = []
  let header: { readonly complete: boolean } | undefined
  let rest = ''
  let validLength = 0
  let stopped = false

  const readHeader = (): void => {
    const end = rest.indexOf('\n') + 1
    if (end === 0) return
    header = parseHeader(rest.slice(0, end))
    stopped = header === undefined
    validLength = end
    rest = rest.slice(end)
  }
  return {
    push: (text) => {
      rest += text
      if (header === undefined && !stopped) readHeader()
      if (header === undefined || stopped) return !stopped
      const end = rest.lastIndexOf('\n') + 1
      const lines = rest.slice(0, end)
      const length = parseAtOnce(lines, facts) ? end : parseLineByLine(lines, facts)
      validLength += length
      stopped = length < end
      rest = rest.slice(length)
      return !stopped
    },
    end: () => header && { complete: header.complete && rest === '', facts, validLength },
  }
}

/** The whole text of a ledger; see {@link createLedgerReader}. */
export function parseLedger(text: string): ParsedLedger | undefined {
  const reader = createLedgerReader()
  reader.push(text)
  return reader.end()
}

function parseHeader(line: string): { readonly complete: boolean } | undefined {
  const header = parseJson(line) as { version?: unknown; complete?: unknown } | null | undefined
  return header?.version === ledgerVersion ? { complete: header.complete === true } : undefined
}

/** All lines as one JSON text, in half the time; `false`, and no facts, when there is one that is not understood. */
function parseAtOnce(lines: string, facts: LedgerFact[]): boolean {
  if (lines === '') return true
  const values = parseJson(`[${lines.slice(0, -1).replaceAll('\n', ',')}]`)
  if (!Array.isArray(values) || values.length !== countLines(lines)) return false
  const before = facts.length
  for (const value of values) {
    const fact = parseFact(value)
    if (fact === undefined) {
      facts.length = before
      return false
    }
    facts.push(fact)
  }
  return true
}

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

/** Where the first line begins that is not understood. */
function parseLineByLine(text: string, facts: LedgerFact[]): number {
  let at = 0
  for (let end = text.indexOf('\n', at); end !== -1; end = text.indexOf('\n', at)) {
    const fact = parseFact(parseJson(text.slice(at, end)))
    if (fact === undefined) break
    facts.push(fact)
    at = end + 1
  }
  return at
}

/** As JSON, written piece by piece: a ledger has many. */
function formatBase(base: Fingerprint | 'absent'): string {
  if (base === 'absent') return '"absent"'
  const [type, mode, uid, gid, size, ino, mtime, ctime, hash, target = null, attributes = null] =
    formatFingerprint(base)
  const times = `"${ino}","${mtime}","${ctime}"`
  return `["${type}",${mode},${uid},${gid},${size},${times},${asciiJson(hash)},${asciiJson(target)},${asciiJson(attributes)}]`
}

function formatFingerprint(base: Fingerprint): BaseLine {
  const { type, mode, uid, gid, size, ino, mtimeNs, ctimeNs, hash, target, attributes } = base
  const link = target === undefined ? null : jsonName(target)
  return [type, mode, uid, gid, size, `${ino}`, `${mtimeNs}`, `${ctimeNs}`, hash ?? null, link, attributes ?? null]
}

/** For JSON, as {@link formatFact} has it. */
export function formatSettled(settled: SettledUpper | 'whiteout' | 'none'): SettledLine | 'whiteout' | 'none' {
  if (typeof settled === 'string') return settled
  const { ino, ctimeNs, size, merged } = settled
  return [`${ino}`, `${ctimeNs}`, size, ...(merged === undefined ? [] : [formatFingerprint(merged)])] as SettledLine
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** One line of {@link formatFact}; `undefined` when it is not understood. */
export function parseFactLine(line: string): LedgerFact | undefined {
  return parseFact(parseJson(line))
}

function parseFact(line: unknown): LedgerFact | undefined {
  if (!Array.isArray(line) || typeof line[0] !== 'string') return undefined
  try {
    const path = relPath(bytesFromJsonName(line[0]))
    return line[1] === 'base' ? { path, base: parseBase(line[2]) } : { path, settled: parseSettled(line[2]) }
  } catch {
    // A malformed field of any kind (BigInt, a path): the fact is not known, which is safe.
    return undefined
  }
}

function parseBase(value: unknown): Fingerprint | 'absent' {
  return value === 'absent' ? value : parseFingerprint(value)
}

function parseFingerprint(value: unknown): Fingerprint {
  const [type, mode, uid, gid, size, ino, mtimeNs, ctimeNs, hash, target, attributes] = value as BaseLine
  return {
    type,
    mode,
    uid,
    gid,
    size,
    ino: BigInt(ino),
    mtimeNs: BigInt(mtimeNs),
    ctimeNs: BigInt(ctimeNs),
    hash: hash ?? undefined,
    target: target === null ? undefined : bytesFromJsonName(target),
    // Sessions of before have none.
    attributes: attributes ?? undefined,
  }
}

/** Inverse of {@link formatSettled}; throws whatever a malformed one brings about. */
export function parseSettled(value: unknown): SettledUpper | 'whiteout' | 'none' {
  if (value === 'whiteout' || value === 'none') return value
  const [ino, ctimeNs, size, merged] = value as SettledLine
  const upper = { ino: BigInt(ino), ctimeNs: BigInt(ctimeNs), size }
  return merged === undefined ? upper : { ...upper, merged: parseFingerprint(merged) }
}
