import {
  type Conflict,
  jsonName,
  type OverlayError,
  type Refusal,
  type RelPath,
  type UnmergedChange,
} from '../../index.js'
import { pathText } from './change.js'
import { unmergedJson, unmergedLine } from './merge.js'

/** Lines of a list that people are shown before it is cut; `--json` has all. */
const longestList = 50

export function conflictLine(conflict: Conflict): string {
  const { path, at, expected, found } = conflict
  const where = at === path ? pathText(path) : `${pathText(path)} (${pathText(at)})`
  return `${where}: expected ${expected}, found ${found}`
}

export function conflictJson(conflict: Conflict): Record<string, unknown> {
  const { path, at, reason, expected, found } = conflict
  return { path: jsonName(path), at: jsonName(at), reason, expected, found }
}

export function refusalLine(refusal: Refusal): string {
  return `${pathText(refusal.path)}: ${refusal.reason} (--allow ${refusal.kind})`
}

export function refusalJson(refusal: Refusal): Record<string, unknown> {
  return { path: jsonName(refusal.path), kind: refusal.kind, reason: refusal.reason }
}

/** What an error's details add to its message. */
export function detailLines(error: OverlayError): string[] {
  const { conflicts, refusals, unmerged } = listsOf(error)
  const mergeLines = (path: RelPath): string[] =>
    unmerged.filter((each) => each.path === path).map((each) => `  ${unmergedLine(each)}`)
  return shortened([
    ...conflicts.flatMap((conflict) => [conflictLine(conflict), ...mergeLines(conflict.path)]),
    ...refusals.map(refusalLine),
  ])
}

/** An error's details with names in their lossless form. */
export function detailsJson(error: OverlayError): unknown {
  if (error.details === undefined) return undefined
  const { conflicts, refusals, unmerged } = listsOf(error)
  if (error.code === 'COMMIT_CONFLICT') {
    return {
      conflicts: conflicts.map(conflictJson),
      ...(unmerged.length === 0 ? {} : { unmerged: unmerged.map(unmergedJson) }),
    }
  }
  if (error.code === 'COMMIT_REFUSED') return { refusals: refusals.map(refusalJson) }
  return error.details
}

interface Lists {
  readonly conflicts: readonly Conflict[]
  readonly unmerged: readonly UnmergedChange[]
  readonly refusals: readonly Refusal[]
}

/** COMMIT_CONFLICT carries conflicts, and where their versions are, COMMIT_REFUSED refusals (docs/errors.md). */
function listsOf({ code, details }: OverlayError): Lists {
  const lists = (details ?? {}) as Partial<Lists>
  return {
    conflicts: code === 'COMMIT_CONFLICT' ? (lists.conflicts ?? []) : [],
    unmerged: code === 'COMMIT_CONFLICT' ? (lists.unmerged ?? []) : [],
    refusals: code === 'COMMIT_REFUSED' ? (lists.refusals ?? []) : [],
  }
}

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= longestList) return [...lines]
  return [...lines.slice(0, longestList), `… and ${lines.length - longestList} more; --json lists all`]
}
