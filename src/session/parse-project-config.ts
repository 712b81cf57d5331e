import { OverlayError } from '../errors/overlay-error.js'
import { isPattern } from './path-patterns.js'

/** What a project's owner decides for every session of the project: docs/on-disk-format.md, config.json. */
export interface ProjectConfig {
  /** Patterns in gitignore's syntax, of paths that a commit leaves alone unless `protected` is allowed. */
  readonly protected: readonly string[]
  /** How long a session keeps what its commits displaced: the newest `keep` of them, none longer than `days`. */
  readonly undo: { readonly keep: number; readonly days: number }
}

const defaults: ProjectConfig = { protected: [], undo: { keep: 5, days: 14 } }

/** Of each number: more is a slip of the hand. */
const limits = { keep: 1000, days: 36_500 }

/**
 * Pure. `file` names it in errors.
 * @throws OverlayError `CONFIG_INVALID` for anything that this version does not know: it could be meant to protect something
 */
export function parseProjectConfig(text: string, file: string): ProjectConfig {
  const config = objectAt(file, '', parseJson(file, text), ['version', 'protected', 'undo'])
  if (config.version !== 1) throw unexpected(file, 'version', '1', config.version)
  const undo: Record<string, unknown> =
    config.undo === undefined ? {} : objectAt(file, 'undo', config.undo, ['keep', 'days'])
  return {
    protected: config.protected === undefined ? defaults.protected : patternsAt(file, config.protected),
    undo: { keep: countAt(file, 'keep', undo.keep), days: countAt(file, 'days', undo.days) },
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw invalid(file, `Expected JSON, got: ${error.message}`, error)
  }
}

function objectAt(file: string, name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unexpected(file, name, 'an object', value)
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown === undefined) return value as Record<string, unknown>
  const field = JSON.stringify(name === '' ? unknown : `${name}.${unknown}`)
  throw invalid(file, `Expected none but the fields ${known.join(', ')}, got ${field}`)
}

function patternsAt(file: string, value: unknown): string[] {
  if (!Array.isArray(value)) throw unexpected(file, 'protected', 'an array of patterns', value)
  const bad = value.findIndex((pattern) => typeof pattern !== 'string' || !isPattern(pattern))
  if (bad !== -1) throw unexpected(file, `protected[${bad}]`, 'a pattern of .gitignore in one line', value[bad])
  return value as string[]
}

function countAt(file: string, name: 'keep' | 'days', value: unknown): number {
  if (value === undefined) return defaults.undo[name]
  const most = limits[name]
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number
  throw unexpected(file, `undo.${name}`, `a whole number up to ${most}`, value)
}

function unexpected(file: string, name: string, expected: string, value: unknown): OverlayError {
  const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)
  return invalid(file, `Expected ${name === '' ? 'the file' : `\`${name}\``} to be ${expected}, got ${got}`)
}

function invalid(file: string, message: string, cause?: unknown): OverlayError {
  return new OverlayError('CONFIG_INVALID', `${message}, in ${file}`, {
    path: file,
    hint: 'Such as {"version":1,"protected":["/ci/","*.lock"],"undo":{"keep":5,"days":14}}; docs/on-disk-format.md has all of it.',
    cause,
  })
}
