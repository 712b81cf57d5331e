import { type Checksum, damaged, journalVersion, parseJson } from './journal-format.js'

/** Says that the plan is whole and durable, and that the project may be in between. */
export interface Mark {
  /** Name of the commit's directory in `undo/`. */
  readonly id: string
  /** Checksum of the plan. */
  readonly sum: string
  /** ctime of the mark: whatever was built for the commit is older, and nothing that was done to it since. Nanoseconds. */
  readonly stampNs: bigint
}

/** One line, as those of a plan. */
export function encodeMark({ id, sum, stampNs }: Mark, checksum: Checksum): Uint8Array {
  const text = JSON.stringify(['mark', journalVersion, id, sum, `${stampNs}`])
  return Buffer.from(`${checksum(text)} ${text}\n`)
}

/** @throws OverlayError `JOURNAL_DAMAGED` */
export function decodeMark(bytes: Uint8Array, checksum: Checksum): Mark {
  const line = Buffer.from(bytes)
  const text = line.subarray(17, -1)
  const isWhole = line.length > 18 && line.at(-1) === 10
  if (!isWhole || line.subarray(0, 17).toString('latin1') !== `${checksum(text)} `) {
    throw damaged('its mark does not have its checksum')
  }
  const [is, version, id, sum, stampNs] = parse(text)
  if (is !== 'mark' || version !== journalVersion) throw damaged(`the version of its mark is ${version}`)
  if (!isNumber(id) || typeof sum !== 'string' || !isNumber(stampNs)) throw damaged('its mark has another form')
  return { id, sum, stampNs: BigInt(stampNs) }
}

function parse(text: Uint8Array): unknown[] {
  const record = parseJson(text)
  if (!Array.isArray(record)) throw damaged('its mark has another form')
  return record
}

function isNumber(value: unknown): value is string {
  return typeof value === 'string' && /^\d+$/.test(value)
}
