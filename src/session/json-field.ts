import { OverlayError } from '../errors/overlay-error.js'

/** A JSON object that came from disk, with what is needed to speak of its parts in an error. */
export interface JsonSource {
  readonly fields: Readonly<Record<string, unknown>>
  /** The file, in a form for people. */
  readonly file: string
  /** `''` at the top, `epoch.` inside of that field. */
  readonly prefix: string
}

/** @throws OverlayError `SESSION_CORRUPT` unless `text` is one JSON object. */
export function parseJsonObject(text: string, file: string): JsonSource {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw corrupt(file, `Expected JSON, got: ${error.message}`, error)
  }
  if (!isObject(value)) throw corrupt(file, `Expected a JSON object, got ${shown(value)}`)
  return { fields: value, file, prefix: '' }
}

/** The object at `name`; `null` is allowed where the caller says so. */
export function objectField(source: JsonSource, name: string): JsonSource {
  const value = source.fields[name]
  if (!isObject(value)) throw unexpected(source, name, 'an object')
  return { fields: value, file: source.file, prefix: `${source.prefix}${name}.` }
}

export function isNull(source: JsonSource, name: string): boolean {
  return source.fields[name] === null
}

export function textField(source: JsonSource, name: string): string {
  const value = source.fields[name]
  if (typeof value !== 'string') throw unexpected(source, name, 'a string')
  return value
}

export function textsField(source: JsonSource, name: string): string[] {
  const value = source.fields[name]
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw unexpected(source, name, 'an array of strings')
  }
  return value
}

export function flagField(source: JsonSource, name: string): boolean {
  const value = source.fields[name]
  if (typeof value !== 'boolean') throw unexpected(source, name, 'true or false')
  return value
}

/** A whole number of 64 bits, written as a decimal string. */
export function bigField(source: JsonSource, name: string): bigint {
  const value = source.fields[name]
  if (typeof value !== 'string' || !/^-?[0-9]{1,20}$/.test(value)) throw unexpected(source, name, 'a decimal string')
  return BigInt(value)
}

export function countField(source: JsonSource, name: string): number {
  const value = source.fields[name]
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw unexpected(source, name, 'a whole number')
  return value as number
}

export function choiceField<const T extends string>(source: JsonSource, name: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === source.fields[name])
  if (found === undefined) throw unexpected(source, name, `one of ${choices.join(', ')}`)
  return found
}

/** Refuses fields that this version does not know: they could change the meaning of those it does. */
export function onlyFields(source: JsonSource, names: readonly string[]): void {
  const unknown = Object.keys(source.fields).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw corrupt(source.file, `Expected no field \`${source.prefix}${unknown}\` in this version of the file`)
  }
}

/** `SESSION_CORRUPT` for a field, composed as: expected, got, type. */
export function unexpected(source: JsonSource, name: string, expected: string): OverlayError {
  return corrupt(
    source.file,
    `Expected \`${source.prefix}${name}\` to be ${expected}, got ${shown(source.fields[name])}`,
  )
}

export function corrupt(file: string, message: string, cause?: unknown): OverlayError {
  return new OverlayError('SESSION_CORRUPT', `${message}, in ${file}`, {
    path: file,
    hint: 'The upper layer beside it is intact: put the file right by hand, or copy what you need out of `upper/` and remove the session with `discard`.',
    cause,
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return `${text.length > 60 ? `${text.slice(0, 60)}…` : text} (${value === null ? 'null' : typeof value})`
}
